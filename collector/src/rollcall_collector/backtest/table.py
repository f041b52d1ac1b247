"""Prints what a back-test found: tables, a chart, and what became of the devices on the lists."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict

from rollcall_collector.backtest.evaluate import SHARES, CutOutcome, ListOutcome
from rollcall_collector.backtest.report import MeanRow, Report, against_dice, day_of, figure, means
from rollcall_collector.backtest.wording import say_apart, say_fleet_forecasts, say_rivals

_WIDTH = 30  # characters of the longest bar
_CHARTED = 1  # of SHARES
EXPLAINED = (
    "How to read this",
    "  lift             failures found in the worst 1, 5, 10 % of the devices by this order, over what as many",
    "                   drawn by lot would have had: 1 is chance, 3 is three times as many",
    "  forecast/actual  failures foretold for its worst 5 % over those that came: 1 is right, 3 three times too many",
    "  top 1 % new      how many of its worst 1 % had been there for less than 90 days",
    "  rollcall         the forecast: luck taken out, bad versions charged to nobody, what peers do lately",
    "  ratio to peers   how many times as often as its own peers, month by month: who is bad for what it is, not who",
    "                   will fail most: a good model's worst device still fails less than a bad model's usual one",
    "  oldest first     by age alone, as where nobody keeps records",
    "  raw count, rate  failures so far, and those a year of use: no peers, no luck, no versions",
)


def as_text(report: Report) -> str:
    """The table of every date, then their mean, then the chart, what became of the lists, and the notes."""
    outcomes, lines = report.outcomes, []
    for one in outcomes:
        followed = f"{one.failures:,} incidents followed in {one.horizon_days} days, {one.failed_share:.0%} had one"
        lines += [f"As of {day_of(one)}: {one.devices:,} units; {followed}", *_table(means([one])), ""]
    rows = means(outcomes)
    if len(outcomes) > 1:
        lines += ["Mean of all dates", *_table(rows), ""]
    share = f"{SHARES[_CHARTED] * 100:g} %"
    lines += [f"Failures found in the worst {share}, as a multiple of chance (|: what dice find)", *_chart(rows), ""]
    lines += ["Devices that would have been named"]
    for name, rate, lists in (
        ("replace", report.parameters.replace_fdr, [one.replace for one in outcomes]),
        ("watch", report.parameters.watch_fdr, [one.watch for one in outcomes]),
    ):
        lines += [_list_line(name, rate, outcome, one) for outcome, one in zip(outcomes, lists, strict=True)]
    lines += ["", "Taken apart", *(f"  {one}" for one in say_apart(report))]
    lines += ["", "Forecasts", *(f"  {one}" for one in say_fleet_forecasts(report))]
    lines += ["", *EXPLAINED, *(f"  {one}" for one in say_rivals(report))]
    return "\n".join([*lines, *(["", *report.notes] if report.notes else [])])


def _table(rows: Sequence[MeanRow]) -> list[str]:
    head = "".join(f"{f'lift {share:.0%}':>10}" for share in SHARES)
    lines = [f"  {'ranked by':<16}{head}{'forecast/actual':>18}{'top 1 % new':>13}"]
    for row in rows:
        lifts = "".join(f"{figure(lift):>10}" for lift in row.lift)
        lines.append(f"  {row.name:<16}{lifts}{figure(row.forecast_over_actual):>18}{row.young_share:>13.0%}")
    return lines


def _chart(rows: Sequence[MeanRow]) -> list[str]:
    lifts = [(row.name, row.lift[_CHARTED]) for row in rows]
    longest = max([1.0, *(lift for _, lift in lifts if lift is not None)])
    chance = round(_WIDTH / longest)
    lines = []
    for name, lift in lifts:
        bar = ("#" * round(_WIDTH * (lift or 0.0) / longest)).ljust(_WIDTH)
        words = against_dice(lift)
        lines.append(f"  {name:<16}{bar[:chance]}|{bar[chance:]} {figure(lift)}{f'  {words}' if words else ''}")
    return lines


def _list_line(name: str, rate: float, outcome: CutOutcome, one: ListOutcome) -> str:
    if one.flagged == 0:
        return f"  {day_of(outcome)}  {name} ({rate:.0%} wrong at most): nobody"
    return (
        f"  {day_of(outcome)}  {name} ({rate:.0%} wrong at most): {one.flagged}, judged {one.ratio:.1f} x their peers"
        f"; afterwards {one.observed_over_expected:.1f} x, {one.failed_again:.0%} failed again "
        f"(of all {outcome.failed_share:.0%}), {one.share_of_failures:.1%} of all failures"
    )


def as_json(report: Report) -> str:
    """The same as one JSON object: parameters, every date, the mean over the dates by ranking, and the notes."""
    dates = [{"at": day_of(one).isoformat(), "found": asdict(one)} for one in report.outcomes]
    mean = {
        row.name: {"lift": row.lift, "forecast_over_actual": row.forecast_over_actual}
        for row in means(report.outcomes)
    }
    told = {
        "parameters": asdict(report.parameters),
        "shares": SHARES,
        "dates": dates,
        "mean": mean,
        "notes": report.notes,
    }
    return json.dumps(_without_nan(told), indent=2)


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
