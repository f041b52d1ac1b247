"""Plain service and failure records, anyone's, as the arrays that the back-test judges."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAY_US, DAYS_A_YEAR, Floats, Ints
from rollcall_collector.judge.failures.cohort import encode
from rollcall_collector.judge.failures.exposure import Exposure, from_active_days, from_service
from rollcall_collector.judge.failures.incidents import fold_fleet
from rollcall_collector.judge.fleet_arrays import join_kinds

STILL_SERVING = 1 << 30
"""A day far beyond any record."""
KINDS_MAX = 8
"""So many kinds of failure are judged apart, the most frequent ones; what else there is counts as one kind."""
OTHER_KINDS = "all other kinds"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One unit's record. Days since 1970-01-01; `end_day` None while it serves; `traits` from widest to closest.

    `site` is where it stands, `hours` what it is in use on a day of use; None where the record does not tell.
    """

    name: str
    start_day: int
    end_day: int | None
    traits: tuple[str, ...]
    site: str | None = None
    hours: float | None = None


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
    `kinds` are the incidents by kind, where kinds are told, `site` a code a unit, `hours` those of a day of use (NaN:
    not told); None where the record tells none of it.
    """

    start_day: Ints
    end_day: Ints
    levels: tuple[Ints, ...]
    incident_device: Ints
    incident_day: Ints
    active: ActiveDays | None = None
    bought_day: Ints | None = None
    kinds: Mapping[str, tuple[Ints, Ints]] | None = None
    site: Ints | None = None
    hours: Floats | None = None

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
    units: Sequence[Unit],
    failures: Sequence[tuple[int, int]],
    *,
    kinds: Sequence[str] = (),
    gap_hours: float = 72,
    cap_days: float = 14,
) -> Records:
    """Fold the failures, given as (index of the unit, instant in microseconds), and encode who is whose peer.

    Peers share all traits at the closest level, then all but the last, and so on; at the widest, everybody, but that
    units which tell their hours are compared among themselves. `kinds` is empty, or has one entry a failure.
    """
    width = len(units[0].traits) if units else 0
    hours = np.array([np.nan if unit.hours is None else unit.hours for unit in units])
    columns = [[unit.traits[one] for unit in units] for one in range(width)]
    tells = np.isfinite(hours).tolist()
    levels = tuple(encode(*columns[:depth], tells) for depth in range(width, -1, -1))
    pairs = np.asarray(failures, dtype=np.int64).reshape(-1, 2)
    names, kind = _kinds(kinds, len(pairs))
    folded = fold_fleet(pairs[:, 0], kind, pairs[:, 1], gap_hours=gap_hours, cap_days=cap_days)
    began = folded.start_us // DAY_US
    by_kind = {
        name: (folded.device[mine], began[mine])
        for code, name in enumerate(names)
        if (mine := folded.channel == code).any()
    }
    device, day = join_kinds(by_kind, gap_hours=gap_hours) if len(by_kind) > 1 else (folded.device, began)
    has_sites = any(unit.site for unit in units)
    return Records(
        start_day=np.array([unit.start_day for unit in units], dtype=np.int64),
        end_day=np.array([STILL_SERVING if unit.end_day is None else unit.end_day for unit in units], dtype=np.int64),
        levels=levels,
        incident_device=device,
        incident_day=day,
        kinds=by_kind if len(by_kind) > 1 else None,
        site=encode([unit.site or "" for unit in units]) if has_sites else None,
        hours=hours if np.isfinite(hours).any() else None,
    )


def _kinds(kinds: Sequence[str], failures: int) -> tuple[tuple[str, ...], Ints]:
    """The names of kinds and each failure's place among them; the rare ones are one kind: too little to judge by."""
    if not kinds:
        return ("",), np.zeros(failures, dtype=np.int64)
    often = [name for name, _ in Counter(kinds).most_common(KINDS_MAX - 1)]
    place = {name: code for code, name in enumerate(often)}
    return (*often, OTHER_KINDS), np.array([place.get(one, len(often)) for one in kinds], dtype=np.int64)
