"""Says how long the devices of each model take to start, now and month by month."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.medians import group_quantiles
from rollcall_collector.judge.starts.months import MONTHS
from rollcall_collector.model.fleet import FleetHistory
from rollcall_collector.model.hardware import StartFigures, StartMonth

LEAST_DEVICES = 5
"""Fewer devices do not speak for their model."""
_SHARES = (0.1, 0.5, 0.9)
_EPOCH = date(1970, 1, 1)


def starts_now(judged: WholeJudgement, group: Ints, *, groups: int) -> list[StartFigures | None]:
    """One entry a group (`group` has one code a device), without months; None where no device was measured.

    Full starts only. What was not measured is None: never zero.
    """
    now = group_quantiles(judged.now_seconds, group, _SHARES, groups=groups)
    count = np.bincount(group[np.isfinite(judged.now_seconds)], minlength=groups)
    return [_now(int(count[one]), now[one]) if count[one] else None for one in range(groups)]


def starts_by_month(
    judged: WholeJudgement, history: FleetHistory, group: Ints, *, groups: int
) -> list[tuple[StartMonth, ...]]:
    """One entry a group: its months, the oldest first. A device's month counts from five starts on."""
    told = judged.start_months
    cell = group[told.device] * MONTHS + told.month
    by_month = group_quantiles(told.seconds, cell, _SHARES, groups=groups * MONTHS).reshape(
        groups, MONTHS, len(_SHARES)
    )
    devices = np.bincount(cell, minlength=groups * MONTHS).reshape(groups, MONTHS)
    return [_months(devices[one], by_month[one], history) for one in range(groups)]


def with_months(now: StartFigures | None, months: tuple[StartMonth, ...]) -> StartFigures | None:
    """The figures with their months; in the holidays nothing is known of now, but of the months before."""
    if now is None and months:
        return _now(0, np.full(len(_SHARES), np.nan), months)
    return None if now is None else replace(now, months=months)


def _now(count: int, seconds: Floats, months: tuple[StartMonth, ...] = ()) -> StartFigures:
    low, median, high = (_seconds(one) if count >= LEAST_DEVICES else None for one in seconds)
    return StartFigures(devices=count, median_seconds=median, low_seconds=low, high_seconds=high, months=months)


def _months(devices: Ints, seconds: Floats, history: FleetHistory) -> tuple[StartMonth, ...]:
    return tuple(
        StartMonth(
            from_on=_from_on(month, history),
            devices=int(devices[month]),
            median_seconds=_seconds(seconds[month, 1]),
            low_seconds=_seconds(seconds[month, 0]),
            high_seconds=_seconds(seconds[month, 2]),
        )
        for month in np.flatnonzero(devices >= LEAST_DEVICES).tolist()
    )


def _from_on(month: int, history: FleetHistory) -> str:
    return (_EPOCH + timedelta(days=history.until_day - (MONTHS - month) * history.bin_days)).isoformat()


def _seconds(value: float) -> float:
    return round(float(value), 2)
