"""Counts the days on which each device was really in use: a device asleep in a drawer earns no good record."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rollcall_collector.judge.arrays import Ints
from rollcall_collector.model.fleet import BIN_DAYS, WINDOW_DAYS

Exposure: TypeAlias = npt.NDArray[np.float32]  # (devices, bins): active days; bin 0 is the latest


def from_active_days(
    device: Ints, day: Ints, *, devices: int, until_day: int, window_days: int = WINDOW_DAYS, bin_days: int = BIN_DAYS
) -> Exposure:
    """Active days by device and bin, from one row for each day on which a device was heard.

    `day` is whole days since 1970-01-01; counted are the `window_days` days before `until_day` (which is excluded).
    Bin 0 holds the last `bin_days` days, so the oldest bin may be shorter. A day given twice counts once.
    Days off and asleep carry no exposure, as in Windows' reliability index (Microsoft, Reliability Monitor).
    """
    age = until_day - 1 - np.asarray(day, dtype=np.int64)
    inside = (age >= 0) & (age < window_days)
    once = np.unique(np.asarray(device, dtype=np.int64)[inside] * window_days + age[inside])
    bins = -(-window_days // bin_days)
    cell = (once // window_days) * bins + (once % window_days) // bin_days
    return np.bincount(cell, minlength=devices * bins).reshape(devices, bins).astype(np.float32)


def from_service(
    start_day: Ints, end_day: Ints, *, until_day: int, window_days: int = WINDOW_DAYS, bin_days: int = BIN_DAYS
) -> Exposure:
    """Days in service by device and bin, for records that know only when a device came and went.

    A device serves from `start_day` up to but not including `end_day` (days since 1970-01-01).
    """
    bins = -(-window_days // bin_days)
    latest = until_day - bin_days * np.arange(bins)
    oldest = np.maximum(latest - bin_days, until_day - window_days)
    start, end = np.asarray(start_day)[:, None], np.asarray(end_day)[:, None]
    return np.asarray(np.clip(np.minimum(end, latest) - np.maximum(start, oldest), 0, None), dtype=np.float32)


def bin_of(day: Ints, *, until_day: int, window_days: int = WINDOW_DAYS, bin_days: int = BIN_DAYS) -> Ints:
    """The bin in which each day lies; -1 for days outside the window."""
    age = until_day - 1 - np.asarray(day, dtype=np.int64)
    return np.where((age >= 0) & (age < window_days), age // bin_days, -1)
