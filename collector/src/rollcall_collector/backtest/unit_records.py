"""Plain service and failure records, anyone's, as the arrays that the back-test judges."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAY_US, DAYS_A_YEAR, Floats, Ints
from rollcall_collector.judge.failures.cohort import encode
from rollcall_collector.judge.failures.exposure import Exposure, from_active_days, from_service
from rollcall_collector.judge.failures.incidents import fold_fleet

STILL_SERVING = 1 << 30
"""A day far beyond any record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One unit's record. Days since 1970-01-01; `end_day` None while it serves; `traits` from widest to closest."""

    name: str
    start_day: int
    end_day: int | None
    traits: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ActiveDays:
    """The days on which each unit was really in use: one entry a unit and day."""

    device: Ints
    day: Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """Anyone's service and failure records. Days are whole days since 1970-01-01; `end_day` is excluded.

    `levels` are peer codes, closest first (see cohort.Peers); incidents are folded already, one entry each. Without
    `active`, every day in service is a day of use. `bought_day` is when each was bought, where that is not its start.
    """

    start_day: Ints
    end_day: Ints
    levels: tuple[Ints, ...]
    incident_device: Ints
    incident_day: Ints
    active: ActiveDays | None = None
    bought_day: Ints | None = None

    def exposure(self, *, since_day: int, until_day: int, bin_days: int = 30) -> Exposure:
        """Days of use by unit and bin, from one day up to another (excluded), the latest bin first."""
        window = until_day - since_day
        if self.active is not None:
            return from_active_days(
                self.active.device,
                self.active.day,
                devices=len(self.start_day),
                until_day=until_day,
                window_days=window,
                bin_days=bin_days,
            )
        end = np.minimum(self.end_day, until_day)
        return from_service(self.start_day, end, until_day=until_day, window_days=window, bin_days=bin_days)

    def years_before(self, until_day: int) -> Floats:
        """Years of use of each unit, from its first day up to a day (excluded); a day at least."""
        if self.active is None:
            days = until_day - self.start_day
        else:
            days = np.bincount(self.active.device[self.active.day < until_day], minlength=len(self.start_day))
        return np.asarray(np.maximum(days, 1) / DAYS_A_YEAR, dtype=np.float64)


def assemble(
    units: Sequence[Unit], failures: Sequence[tuple[int, int]], *, gap_hours: float = 72, cap_days: float = 14
) -> Records:
    """Fold the failures, given as (index of the unit, instant in microseconds), and encode who is whose peer.

    Peers share all traits at the closest level, then all but the last, and so on; at the widest, everybody.
    """
    width = len(units[0].traits) if units else 0
    columns = [[unit.traits[one] for unit in units] for one in range(width)]
    levels = tuple(encode(*columns[:depth]) for depth in range(width, 0, -1))
    pairs = np.asarray(failures, dtype=np.int64).reshape(-1, 2)
    incidents = fold_fleet(
        pairs[:, 0], np.zeros(len(pairs), dtype=np.int64), pairs[:, 1], gap_hours=gap_hours, cap_days=cap_days
    )
    return Records(
        start_day=np.array([unit.start_day for unit in units], dtype=np.int64),
        end_day=np.array([STILL_SERVING if unit.end_day is None else unit.end_day for unit in units], dtype=np.int64),
        levels=(*levels, np.zeros(len(units), dtype=np.int64)),
        incident_device=incidents.device,
        incident_day=incidents.start_us // DAY_US,
    )
