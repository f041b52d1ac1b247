"""Says how long the devices of each model take to start, now and month by month."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints, wide
from rollcall_collector.judge.fleet import NOW_STARTS, WholeJudgement
from rollcall_collector.judge.medians import group_quantiles, window_medians
from rollcall_collector.judge.starts.baseline import Boots, portions
from rollcall_collector.model.fleet import FleetHistory
from rollcall_collector.model.hardware import StartFigures, StartMonth

MONTHS = 13
"""A year of months, and the same month of last year beside this one."""
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
    device, month, seconds = device_months(judged.arrays.full_starts, history)
    cell = group[device] * MONTHS + month
    by_month = group_quantiles(seconds, cell, _SHARES, groups=groups * MONTHS).reshape(groups, MONTHS, len(_SHARES))
    devices = np.bincount(cell, minlength=groups * MONTHS).reshape(groups, MONTHS)
    return [_months(devices[one], by_month[one], history) for one in range(groups)]


def with_months(now: StartFigures | None, months: tuple[StartMonth, ...]) -> StartFigures | None:
    """The figures with their months; in the holidays nothing is known of now, but of the months before."""
    if now is None and months:
        return _now(0, np.full(len(_SHARES), np.nan), months)
    return None if now is None else replace(now, months=months)


def device_months(boots: Boots, history: FleetHistory) -> tuple[Ints, Ints, Floats]:
    """Device, month (the oldest shown is 0) and median seconds, one entry for each month that has enough starts.

    Boots stand by device and time, so a device's month is one run of them.
    """
    found = [_device_months(boots, part, history) for part in portions(boots.device)]
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    device, month, seconds = (np.concatenate(column) for column in zip(nothing, *found, strict=True))
    return device, month, seconds


def _device_months(boots: Boots, part: slice, history: FleetHistory) -> tuple[Ints, Ints, Floats]:
    day = boots.day[part]
    recent = day >= history.until_day - MONTHS * history.bin_days
    month = MONTHS - 1 - (history.until_day - 1 - wide(day[recent])) // history.bin_days
    key = boots.device[part][recent] * MONTHS + month
    start = np.flatnonzero(np.diff(key, prepend=-1))
    size = np.diff(start, append=len(key))
    enough = size >= NOW_STARTS
    start, size = start[enough], size[enough]
    return key[start] // MONTHS, key[start] % MONTHS, window_medians(boots.seconds[part][recent], start, size)


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
