"""Says what is due when: this start until it is known, vitals every so many minutes, the disks once a day."""

from dataclasses import dataclass, replace
from typing import Literal

Rhythm = Literal["boot", "vitals", "daily"]
EVERYTHING: frozenset[Rhythm] = frozenset({"boot", "vitals", "daily"})
BOOT_RETRY_SECONDS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
"""How long to wait before asking again whether the start is complete; the last of them for ever."""
DAY_SECONDS = 86_400.0
SPREAD = 0.2
"""Vitals and the daily look come this part of their interval early at most, so that a fleet does not march in step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timetable:
    """The next instants, in seconds since the device started, sleep counted. `boot_at` is None once it is known."""

    boot_at: float | None
    boot_tries: int
    vitals_at: float
    daily_at: float

    def due(self, now: float) -> frozenset[Rhythm]:
        """What is due now. The daily look takes the vitals with it: what it finds goes into them."""
        is_daily = self.daily_at <= now
        found: set[Rhythm] = {"daily"} if is_daily else set()
        if is_daily or self.vitals_at <= now:
            found.add("vitals")
        if self.boot_at is not None and self.boot_at <= now:
            found.add("boot")
        return frozenset(found)

    def next_at(self) -> float:
        """When the next thing is due."""
        return min(self.vitals_at, self.daily_at, self.vitals_at if self.boot_at is None else self.boot_at)


def begin(
    now: float, *, vitals_age: float | None, daily_age: float | None, vitals_minutes: int, jitter: float
) -> Timetable:
    """The timetable of an agent that starts: everything at once, but what was done lately by the one before it.

    Ages are seconds since it was last done; None is never, or before this start. `jitter` is random in 0 to 1.
    """
    return Timetable(
        boot_at=now,
        boot_tries=0,
        vitals_at=now + _rest(vitals_age, vitals_minutes * 60.0, jitter),
        daily_at=now + _rest(daily_age, DAY_SECONDS, jitter),
    )


def after(
    table: Timetable,
    now: float,
    *,
    done: frozenset[Rhythm],
    is_boot_known: bool,
    vitals_minutes: int,
    jitter: float,
) -> Timetable:
    """The timetable once this was done. A start that is not complete is asked for again, ever more patiently."""
    if "boot" in done:
        wait = BOOT_RETRY_SECONDS[min(table.boot_tries, len(BOOT_RETRY_SECONDS) - 1)]
        table = replace(table, boot_at=None if is_boot_known else now + wait, boot_tries=table.boot_tries + 1)
    if "vitals" in done:
        table = replace(table, vitals_at=now + _interval(vitals_minutes * 60.0, jitter))
    if "daily" in done:
        table = replace(table, daily_at=now + _interval(DAY_SECONDS, jitter))
    return table


def at_once(table: Timetable, now: float) -> Timetable:
    """Everything is due now: the collector asked for all that is known."""
    return replace(table, boot_at=now, boot_tries=0, vitals_at=now, daily_at=now)


def paced(table: Timetable, now: float, *, vitals_minutes: int, jitter: float) -> Timetable:
    """The timetable after the collector set another interval: no later than one such interval from now."""
    return replace(table, vitals_at=min(table.vitals_at, now + _interval(vitals_minutes * 60.0, jitter)))


def _interval(seconds: float, jitter: float) -> float:
    return seconds * (1 - SPREAD * jitter)


def _rest(age: float | None, seconds: float, jitter: float) -> float:
    return 0.0 if age is None or age < 0 else max(0.0, _interval(seconds, jitter) - age)
