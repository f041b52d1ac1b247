"""What a back-test found, ready to be laid out: outcomes by date, their means, and what must be said beside them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rollcall_collector.backtest.evaluate import SHARES, CutOutcome
from rollcall_collector.judge.parameters import Parameters

FEW_FAILURES = 100
"""From fewer incidents afterwards a lift is mostly luck."""
_EPOCH = date(1970, 1, 1)
_NO_BETTER = 1.05
_WORSE = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Outcomes by date, one or more; `notes` are sentences that belong beside the figures."""

    outcomes: tuple[CutOutcome, ...]
    parameters: Parameters
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanRow:
    """One ranking's mean over dates; None where no date told."""

    name: str
    lift: tuple[float | None, ...]
    forecast_over_actual: float | None
    young_share: float


def report_of(outcomes: Sequence[CutOutcome], parameters: Parameters, notes: Sequence[str] = ()) -> Report:
    """The report, with what the figures themselves give reason to say."""
    found = list(notes)
    for one in outcomes:
        at = day_of(one)
        if one.devices == 0:
            found.append(f"No unit had been in service for three weeks on {at}: nothing could be ranked.")
        elif one.failures == 0:
            found.append(f"No failure followed {at}: there is nothing to compare with.")
        elif one.failures < FEW_FAILURES:
            found.append(
                f"Only {one.failures} incidents followed {at}: a multiple of chance from so few is mostly luck."
            )
        if 0 < one.devices < 1 / SHARES[0]:
            found.append(f"1 % of {one.devices} units is less than one: the worst one is looked at.")
        if not one.is_enough:
            found.append(
                f"Not enough evidence on {at} to name anybody: that takes {parameters.fleet_incidents} incidents and "
                f"{parameters.fleet_days} days in the {parameters.window_days} days before."
            )
    return Report(outcomes=tuple(outcomes), parameters=parameters, notes=tuple(dict.fromkeys(found)))


def day_of(outcome: CutOutcome) -> date:
    """The day that was judged on."""
    return _EPOCH + timedelta(days=outcome.until_day)


def means(outcomes: Sequence[CutOutcome]) -> tuple[MeanRow, ...]:
    """Each ranking's mean over the dates, in the order they stand in."""
    return tuple(
        MeanRow(
            name=rows[0].name,
            lift=tuple(_mean([row.lift[at] for row in rows]) for at in range(len(SHARES))),
            forecast_over_actual=_mean([row.forecast_over_actual for row in rows]),
            young_share=sum(row.young_share for row in rows) / len(rows),
        )
        for rows in zip(*(one.rankings for one in outcomes), strict=True)
    )


def against_dice(lift: float | None) -> str:
    """What a multiple of chance means, in words."""
    if lift is None:
        return ""
    if lift < _WORSE:
        return "worse than throwing dice"
    return "no better than throwing dice" if lift <= _NO_BETTER else ""


def figure(value: float | None) -> str:
    """To two places; a hyphen where nobody knows."""
    return "-" if value is None else f"{value:.2f}"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None and not math.isnan(one)]
    return sum(known) / len(known) if known else None
