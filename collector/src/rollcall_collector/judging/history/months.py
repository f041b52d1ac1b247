"""What a band's columns hold: days and starts by month, and how changed facts are put in the place of earlier ones."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from rollcall_collector.judge.arrays import DAY_US, Ints
from rollcall_collector.judging.history import packing
from rollcall_collector.judging.history.packing import Columns, pack, unpack
from rollcall_collector.store.history.fact_rows import READINGS, DayRows, StartRows
from rollcall_collector.store.history.kept_columns import BAND, MONTH_DAYS

_COUNTERS = ("media_errors", "reallocated_sectors", "pending_sectors")
_DAYS = {"device": "<u2", "on": "<u1", **{name: "<f8" if name in _COUNTERS else "<f4" for name in READINGS}}
_STARTS = {
    "device": "<u2",  # its place in the band
    "on": "<u1",  # the day of the month
    "at_seconds": "<i4",  # since midnight UTC of that day
    "boot": "<i8",
    "is_fast": "<u1",
    "version": "<i2",
    "seconds": "<f4",
}
FORM = crc32(repr((packing.FORM, _DAYS, _STARTS, BAND, MONTH_DAYS)).encode()) >> 1
"""Names the form of these columns: where it changes, all of them are made anew."""
VERSIONS_MAX = 32_000
"""More versions of a system than these count as not told: a code has two bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """A band's days and starts of one month, each by device and time; `versions` are those that starts name."""

    days: Columns
    starts: Columns
    versions: tuple[str, ...] = ()

    @classmethod
    def empty(cls) -> "Month":
        """A month without facts."""
        return cls(days=_nothing(_DAYS), starts=_nothing(_STARTS))

    @classmethod
    def unpack(cls, days: bytes, starts: bytes) -> "Month":
        """As it was packed."""
        began, versions = unpack(starts)
        return cls(days=unpack(days)[0], starts=began, versions=versions)

    def pack(self) -> tuple[bytes, bytes]:
        """Days and starts as bytes; the same facts give the same bytes."""
        return pack(self.days), pack(self.starts, self.versions)

    def with_days(self, new: Columns, gone: Ints) -> "Month":
        """With these days in the place of the ones that stood there; days numbered in `gone` are not kept."""
        key, new_key = _day_key(self.days), _day_key(new)
        left = ~np.isin(key, np.concatenate([new_key, gone]))
        order = np.argsort(np.concatenate([key[left], new_key]), kind="stable")
        days = {name: np.concatenate([self.days[name][left], new[name]])[order] for name in _DAYS}
        return Month(days=days, starts=self.starts, versions=self.versions)

    def with_starts(self, new: Columns, versions: tuple[str, ...], gone: Collection[int]) -> "Month":
        """With these starts (their `version` a place in `versions`) added; starts of the keys `gone` are not kept."""
        left = ~np.isin(self.starts["boot"], [*new["boot"].tolist(), *gone])
        names = sorted(
            {self.versions[code] for code in np.unique(self.starts["version"][left]).tolist() if code >= 0}
            | {versions[code] for code in np.unique(new["version"]).tolist() if code >= 0}
        )[:VERSIONS_MAX]
        place = {name: code for code, name in enumerate(names)}
        old_code, new_code = (
            recode(column, [place.get(name, -1) for name in known], "<i2")
            for column, known in ((self.starts["version"][left], self.versions), (new["version"], versions))
        )
        starts = {name: np.concatenate([self.starts[name][left], new[name]]) for name in _STARTS if name != "version"}
        starts["version"] = np.concatenate([old_code, new_code])
        order = np.lexsort((starts["boot"], starts["at_seconds"], starts["on"], starts["device"]))
        return Month(days=self.days, starts={name: starts[name][order] for name in _STARTS}, versions=tuple(names))


def recode(column: npt.NDArray[Any], codes: list[int], kind: str) -> npt.NDArray[Any]:
    """Each code's new code; -1 stays -1."""
    return np.asarray(np.array([*codes, -1], dtype=kind)[column])


def days_by_month(rows: DayRows, chosen: npt.NDArray[Any]) -> dict[int, Columns]:
    """These entries of one band's devices as columns, by month."""
    device, on = as_array(rows.device)[chosen], as_array(rows.on)[chosen]
    columns = {"device": device % BAND, "on": on % MONTH_DAYS}
    columns |= {name: as_array(column)[chosen] for name, column in zip(READINGS, rows.readings, strict=True)}
    return _by_month({name: columns[name].astype(kind) for name, kind in _DAYS.items()}, on // MONTH_DAYS)


def starts_by_month(rows: StartRows, chosen: npt.NDArray[Any]) -> dict[int, Columns]:
    """These entries of one band's devices as columns, by month; `version` is a place in the rows' versions."""
    device, on, at_us = (as_array(column)[chosen] for column in (rows.device, rows.on, rows.at_us))
    columns = {
        "device": device % BAND,
        "on": on % MONTH_DAYS,
        "at_seconds": np.clip((at_us - on * DAY_US) // 1_000_000, -(2**31), 2**31 - 1),
        "boot": as_array(rows.boot)[chosen],
        "is_fast": as_array(rows.is_fast)[chosen],
        "version": as_array(rows.version)[chosen],
        "seconds": as_array(rows.seconds)[chosen],
    }
    # Places among all versions that were read may need more than a month's own codes.
    kinds = _STARTS | {"version": "<i8"}
    return _by_month({name: columns[name].astype(kind) for name, kind in kinds.items()}, on // MONTH_DAYS)


def day_number(device: int, on: int) -> int:
    """How `Month.with_days` numbers a device's day within a band and month."""
    return device % BAND * MONTH_DAYS + on % MONTH_DAYS


def as_array(column: Any) -> npt.NDArray[Any]:
    """A column of the store as an array, without a copy."""
    return np.frombuffer(column, dtype=column.typecode) if len(column) else np.zeros(0, dtype=column.typecode)


def _day_key(days: Columns) -> Ints:
    return days["device"].astype(np.int64) * MONTH_DAYS + days["on"]


def _by_month(columns: Columns, month: npt.NDArray[Any]) -> dict[int, Columns]:
    return {
        int(one): {name: column[month == one] for name, column in columns.items()} for one in np.unique(month).tolist()
    }


def _nothing(kinds: dict[str, str]) -> Columns:
    return {name: np.zeros(0, dtype=kind) for name, kind in kinds.items()}
