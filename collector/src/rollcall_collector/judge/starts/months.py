"""Says how long each device took to start in each month of the last year."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints, wide
from rollcall_collector.judge.medians import window_medians
from rollcall_collector.judge.starts.baseline import Boots, portions
from rollcall_collector.model.fleet import FleetHistory

MONTHS = 13
"""A year of months, and the same month of last year beside this one."""
LEAST_STARTS = 5
"""From so many starts on a median is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartMonths:
    """Device, month (the oldest shown is 0) and median seconds, one entry for each month that has enough starts."""

    device: Ints
    month: Ints
    seconds: Floats


def month_by_month(boots: Boots, history: FleetHistory) -> StartMonths:
    """What these starts say of each device and month.

    Boots stand by device and time, so a device's month is one run of them.
    """
    found = [_months_of(boots, part, history) for part in portions(boots.device)]
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    device, month, seconds = (np.concatenate(column) for column in zip(nothing, *found, strict=True))
    return StartMonths(device=device, month=month, seconds=seconds)


def _months_of(boots: Boots, part: slice, history: FleetHistory) -> tuple[Ints, Ints, Floats]:
    day = boots.day[part]
    recent = day >= history.until_day - MONTHS * history.bin_days
    month = MONTHS - 1 - (history.until_day - 1 - wide(day[recent])) // history.bin_days
    key = boots.device[part][recent] * MONTHS + month
    start = np.flatnonzero(np.diff(key, prepend=-1))
    size = np.diff(start, append=len(key))
    enough = size >= LEAST_STARTS
    start, size = start[enough], size[enough]
    return key[start] // MONTHS, key[start] % MONTHS, window_medians(boots.seconds[part][recent], start, size)
