"""When a make-believe school is open: its lessons, weekends, holidays and summer."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from rollcall_wire import SchoolHours

LESSON_SECONDS = 45 * 60
_WEEK = range(5)
_PAUSES = (5, 15, 5, 35, 5, 10)
"""Minutes between one lesson and the next: a long pause after the second, lunch after the fourth."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolDay:
    """One day with school: its date, its midnight in UTC, and its lessons' starts in seconds after midnight."""

    on: date
    midnight: datetime
    lessons: tuple[int, ...]

    def at(self, second: float) -> datetime:
        """The instant this many seconds after midnight, on a whole second."""
        return self.midnight + timedelta(seconds=int(second))


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One day's use of one device: the lessons it is used in, when it is first opened and last closed, in seconds."""

    day: SchoolDay
    lessons: tuple[int, ...]
    begins: int
    ends: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BellSchedule:
    """The lessons of every school day, in seconds after midnight."""

    lessons: tuple[int, ...]

    @classmethod
    def beginning(cls, minute: int) -> "BellSchedule":
        """Seven lessons of 45 minutes from this minute after midnight."""
        starts = [minute * 60]
        for pause in _PAUSES:
            starts.append(starts[-1] + LESSON_SECONDS + pause * 60)
        return cls(lessons=tuple(starts))


def school_hours(zone: str) -> SchoolHours:
    """Monday to Friday, seven to five."""
    return SchoolHours(zone=zone)


def holidays(*, first: date, last: date, random: Random) -> dict[date, str]:
    """The days without school between two days: a district's usual ones and one staff day a term of this school's."""
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        for name, begins, ends in _breaks(year):
            found.update({begins + timedelta(days=n): name for n in range((ends - begins).days + 1)})
        for month in (3, 10):
            found.setdefault(_nth(year, month, random.randint(0, 4), random.randint(1, 3)), "Staff day")
    return {on: name for on, name in sorted(found.items()) if first <= on <= last}


def school_days(
    *, first: date, last: date, zone: str, bells: BellSchedule, closed: dict[date, str]
) -> tuple[SchoolDay, ...]:
    """Every day with school from first to last, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(
        SchoolDay(on=on, midnight=_midnight(on, zone), lessons=bells.lessons)
        for on in days
        if on.weekday() in _WEEK and on not in closed
    )


@cache
def _midnight(on: date, zone: str) -> datetime:
    return datetime.combine(on, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday (Monday = 0) of a month, counted from 1."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _breaks(year: int) -> list[tuple[str, date, date]]:
    thanks = _nth(year, 11, 3, 4)
    spring = _nth(year, 4, 0, 1)
    memorial = _nth(year, 6, 0, 1) - timedelta(days=7)
    single = [
        ("Civil rights day", _nth(year, 1, 0, 3)),
        ("Winter day", _nth(year, 2, 0, 3)),
        ("Memorial day", memorial),
        ("Labour day", _nth(year, 9, 0, 1)),
        ("Autumn day", _nth(year, 10, 0, 2)),
    ]
    return [
        ("Winter holidays", date(year, 1, 1), date(year, 1, 2)),
        ("Spring holidays", spring, spring + timedelta(days=4)),
        ("Summer holidays", date(year, 6, 15), date(year, 8, 20)),
        ("Thanksgiving", thanks - timedelta(days=1), thanks + timedelta(days=1)),
        ("Winter holidays", date(year, 12, 22), date(year, 12, 31)),
        *((name, on, on) for name, on in single),
    ]
