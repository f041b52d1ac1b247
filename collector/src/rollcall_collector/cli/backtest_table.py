"""Lays out what a back-test found: tables, a chart, and what became of the devices on the lists."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta

from rollcall_collector.judge.backtest import SHARES, ListOutcome, Outcome
from rollcall_collector.judge.parameters import Parameters

_EPOCH = date(1970, 1, 1)
_WIDTH = 30  # characters of the longest bar


def as_text(outcomes: Sequence[Outcome], parameters: Parameters) -> str:
    """The table of every cut date, then their mean, then the chart and what became of the lists."""
    lines = []
    for outcome in outcomes:
        at = _EPOCH + timedelta(days=outcome.until_day)
        followed = f"{outcome.failures:,} incidents followed, {outcome.failed_share:.0%} of units had one"
        lines += [f"As of {at}: {outcome.devices:,} units; {followed}", *_table([outcome]), ""]
    if len(outcomes) > 1:
        lines += ["Mean of all dates", *_table(outcomes), ""]
    lines += ["Failures found in the worst 5 %, as a multiple of chance (|)", *_chart(outcomes), ""]
    lines += ["Devices that would have been named"]
    if not all(one.is_enough for one in outcomes):
        lines += [
            "  not enough evidence on some dates: a fleet needs 200 incidents and six months before lists are made"
        ]
    for name, rate, lists in (
        ("replace", parameters.replace_fdr, [one.replace for one in outcomes]),
        ("watch", parameters.watch_fdr, [one.watch for one in outcomes]),
    ):
        lines += [_list_line(name, rate, outcome, one) for outcome, one in zip(outcomes, lists, strict=True)]
    return "\n".join(lines)


def _table(outcomes: Sequence[Outcome]) -> list[str]:
    head = "".join(f"{f'lift {share:.0%}':>10}" for share in SHARES)
    lines = [f"  {'ranked by':<16}{head}{'forecast/actual':>18}{'top 1 % new':>13}"]
    for rows in zip(*(one.rankings for one in outcomes), strict=True):
        lifts = "".join(f"{_mean([row.lift[at] for row in rows]):>10.2f}" for at in range(len(SHARES)))
        ratios = [row.forecast_over_actual for row in rows if row.forecast_over_actual is not None]
        forecast = f"{_mean(ratios):.2f}" if ratios else "-"
        young = f"{_mean([row.young_share for row in rows]):.0%}"
        lines.append(f"  {rows[0].name:<16}{lifts}{forecast:>18}{young:>13}")
    return lines


def _chart(outcomes: Sequence[Outcome]) -> list[str]:
    lifts = [
        (rows[0].name, _mean([row.lift[1] for row in rows]))
        for rows in zip(*(one.rankings for one in outcomes), strict=True)
    ]
    longest = max((lift for _, lift in lifts if not math.isnan(lift)), default=1.0) or 1.0
    chance = round(_WIDTH / max(longest, 1.0))
    lines = []
    for name, lift in lifts:
        bar = ("#" * (0 if math.isnan(lift) else round(_WIDTH * lift / max(longest, 1.0)))).ljust(_WIDTH)
        lines.append(f"  {name:<16}{bar[:chance]}|{bar[chance:]} {lift:.2f}")
    return lines


def _list_line(name: str, rate: float, outcome: Outcome, one: ListOutcome) -> str:
    at = _EPOCH + timedelta(days=outcome.until_day)
    if one.flagged == 0:
        return f"  {at}  {name} ({rate:.0%} wrong at most): nobody"
    return (
        f"  {at}  {name} ({rate:.0%} wrong at most): {one.flagged}, judged {one.ratio:.1f} x their peers; "
        f"afterwards {one.observed_over_expected:.1f} x, {one.failed_again:.0%} failed again "
        f"(of all {outcome.failed_share:.0%}), {one.share_of_failures:.1%} of all failures"
    )


def as_json(outcomes: Sequence[Outcome], parameters: Parameters) -> str:
    """The same as one JSON object: parameters, every date, and the mean over the dates by ranking."""
    dates = [{"at": (_EPOCH + timedelta(days=one.until_day)).isoformat(), "found": asdict(one)} for one in outcomes]
    names = [row.name for row in outcomes[0].rankings]
    mean = {
        name: {
            "lift": [_mean([one.rankings[at].lift[share] for one in outcomes]) for share in range(len(SHARES))],
            "forecast_over_actual": _mean_known([one.rankings[at].forecast_over_actual for one in outcomes]),
        }
        for at, name in enumerate(names)
    }
    return json.dumps(
        _without_nan({"parameters": asdict(parameters), "shares": SHARES, "dates": dates, "mean": mean}), indent=2
    )


def _without_nan(value: object) -> object:
    """JSON has no NaN: what could not be worked out is null."""
    match value:
        case float():
            return None if math.isnan(value) else value
        case dict():
            return {key: _without_nan(one) for key, one in value.items()}
        case list() | tuple():
            return [_without_nan(one) for one in value]
        case _:
            return value


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _mean_known(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return _mean(known) if known else None
