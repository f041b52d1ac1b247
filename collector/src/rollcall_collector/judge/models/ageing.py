"""Draws each model's curves over age: incidents an average device has had, and the share still without one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Bools, Floats, Ints
from rollcall_collector.judge.models.recurrence import MeanCumulative, at_risk, mean_cumulative
from rollcall_collector.judge.models.survival import Survival, kaplan_meier
from rollcall_collector.model.fleet import UNKNOWN, FleetHistory
from rollcall_collector.model.hardware import Ageing

LEAST_WATCHED = 20
"""A curve begins where so many devices were watched, and ends where fewer are left."""
STEP_YEARS = 0.25
_LEAST_STEPS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Lives:
    """One entry a device, days since 1970-01-01: `first` and `last` day in use; NaN where it never was.

    `bought` is the middle of its purchase year, not after `first` (NaN: not known), `met` when it was first seen.
    `unit` and `day` have one entry an incident; `hardware` is the day of a device's first hardware incident or NaN.
    """

    first: Floats
    last: Floats
    bought: Floats
    met: Floats
    unit: Ints
    day: Ints
    hardware: Floats


def read_lives(
    history: FleetHistory, used: tuple[Ints, Ints], incidents: tuple[Ints, Ints], hardware: tuple[Ints, Ints]
) -> Lives:
    """The devices' lives, from each one's first and last day in use (last -1: never) and incidents by device and day.

    An incident that stands just outside the days in use stretches them: a dead device is heard no more.
    """
    (unit, day), (struck, struck_on) = incidents, hardware
    first, last = used[0].astype(np.float64), used[1].astype(np.float64)
    first[used[1] == UNKNOWN] = last[used[1] == UNKNOWN] = np.nan
    np.minimum.at(first, unit, day)
    np.maximum.at(last, unit, day)
    failed = np.full(len(first), np.inf)
    np.minimum.at(failed, struck, struck_on)
    enrolled = np.asarray(history.devices.enrolled_on, dtype=np.float64)
    return Lives(
        first=first,
        last=last,
        bought=np.minimum(_middle_of(np.asarray(history.devices.purchase_year, dtype=np.int64)), first),
        met=np.where(enrolled == UNKNOWN, first, np.minimum(enrolled, first)),
        unit=unit,
        day=day,
        hardware=np.where(np.isfinite(failed), failed, np.nan),
    )


def age_curves(lives: Lives, group: Ints, wanted: Sequence[bool]) -> list[Ageing | None]:
    """One entry a group (`group` has one code a device); None where not wanted, or where too few were watched.

    Ages run since purchase where that is known of half of the devices or more, and only those stand in the curve.
    """
    codes = np.arange(len(wanted) + 1)
    device, event = np.argsort(group, kind="stable"), np.argsort(group[lives.unit], kind="stable")
    devices_from = np.searchsorted(group[device], codes)
    events_from = np.searchsorted(group[lives.unit][event], codes)
    return [
        _curves(
            lives,
            device[devices_from[one] : devices_from[one + 1]],
            event[events_from[one] : events_from[one + 1]],
        )
        if is_wanted
        else None
        for one, is_wanted in enumerate(wanted)
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Watched:
    """One entry a device of one group, in the order of `member`: its place in the fleet, and ages in days."""

    member: Ints
    born: Floats
    entry: Floats
    leave: Floats

    def take(self, chosen: Bools, *, since: float = -np.inf) -> "_Watched":
        """Only these devices, none of them watched before an age."""
        return _Watched(
            member=self.member[chosen],
            born=self.born[chosen],
            entry=np.maximum(self.entry[chosen], since),
            leave=self.leave[chosen],
        )


def _curves(lives: Lives, member: Ints, event: Ints) -> Ageing | None:
    member = member[np.isfinite(lives.first[member])]
    is_bought = np.isfinite(lives.bought[member])
    is_since_purchase = len(member) > 0 and 2 * int(is_bought.sum()) >= len(member)
    if is_since_purchase:
        member = member[is_bought]
    born = (lives.bought if is_since_purchase else lives.met)[member]
    # A day is over at its end: what happens on the first day in use happens after entry.
    watched = _Watched(member=member, born=born, entry=lives.first[member] - born, leave=lives.last[member] + 1 - born)
    years = _ages(watched.entry / DAYS_A_YEAR, watched.leave / DAYS_A_YEAR)
    if len(years) < _LEAST_STEPS:
        return None
    begin = float(years[0]) * DAYS_A_YEAR
    watched = watched.take(watched.leave > begin, since=begin)
    mean = _mean(lives, watched, event, at=years[1:] * DAYS_A_YEAR)
    return _told(years, mean, _unfailed(lives, watched), watched=watched, is_since_purchase=is_since_purchase)


def _ages(entry: Floats, leave: Floats) -> Floats:
    """Of the runs of ages, in quarters of a year, at which enough devices were watched, the one with most of them."""
    if len(entry) < LEAST_WATCHED:
        return np.zeros(0)
    grid = STEP_YEARS * np.arange(np.floor(entry.min() / STEP_YEARS), np.floor(leave.max() / STEP_YEARS) + 1)
    # A day on: a device that comes new is watched from its first day, not before it.
    watched = at_risk(entry, leave, grid + 1 / DAYS_A_YEAR)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], watched >= LEAST_WATCHED, [False]])))
    start, end = edges[::2], edges[1::2]
    if len(start) == 0:
        return np.zeros(0)
    total = np.append(0, np.cumsum(watched))
    best = int((total[end] - total[start]).argmax())
    return grid[start[best] : end[best]]


def _mean(lives: Lives, watched: _Watched, event: Ints, *, at: Floats) -> MeanCumulative:
    unit, day = lives.unit[event], lives.day[event]
    place = np.minimum(np.searchsorted(watched.member, unit), len(watched.member) - 1)
    age = day + 1 - watched.born[place]
    # Devices of unknown age and incidents from before the curve begins stay out.
    inside = (watched.member[place] == unit) & (age > watched.entry[place])
    return mean_cumulative(watched.entry, watched.leave, place[inside], age[inside], at=at)


def _unfailed(lives: Lives, watched: _Watched) -> Survival:
    """Those that failed before the curve begins are not at risk in it."""
    failed = lives.hardware[watched.member] + 1 - watched.born
    is_at_risk = ~(failed <= watched.entry)
    failed, watched = failed[is_at_risk], watched.take(is_at_risk)
    has_failed = np.isfinite(failed)
    return kaplan_meier(watched.entry, np.where(has_failed, failed, watched.leave), has_failed)


def _told(
    years: Floats, mean: MeanCumulative, share: Survival, *, watched: _Watched, is_since_purchase: bool
) -> Ageing:
    low, high = mean.interval
    steps = np.searchsorted(share.age, mean.age, side="right") - 1
    # Before the first failure the step is -1, the last entry: all are still without one.
    unfailed, error = np.append(share.share, 1.0)[steps], np.append(share.error, 0.0)[steps]
    return Ageing(
        since="purchase" if is_since_purchase else "first_seen",
        devices=len(watched.member),
        from_years=float(years[0]),
        years=_rounded(years[1:], 2),
        incidents=_rounded(mean.mean),
        incidents_low=_known(low, mean.mean > 0),
        incidents_high=_known(high, mean.mean > 0),
        unfailed=_rounded(unfailed),
        unfailed_error=_known(error, error > 0),
        watched=tuple(int(one) for one in mean.watched),
    )


def _middle_of(year: Ints) -> Floats:
    """The first of July of each year, as days since 1970-01-01; NaN where the year is not known."""
    known = np.maximum(year, 1970)
    days = (known - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + 181
    return np.where(year == UNKNOWN, np.nan, days)


def _known(values: Floats, is_known: Bools) -> tuple[float | None, ...]:
    return tuple(one if known else None for one, known in zip(_rounded(values), is_known, strict=True))


def _rounded(values: Floats, places: int = 3) -> tuple[float, ...]:
    return tuple(round(float(one), places) for one in values)
