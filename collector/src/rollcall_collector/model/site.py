"""A school: its zone, its hours, its lessons, its holidays; it knows its school days, and what comes next."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

AHEAD_DAYS = 100
"""No holidays are longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSite:
    """What a site gets that is only named so far: zone, hours, ISO weekdays like '12345', named holidays."""

    zone: str
    opens_minute: int = 420
    closes_minute: int = 1020
    days: str = "12345"
    holidays: tuple[tuple[date, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """A lesson of every school day, by its label; minutes count from midnight in the school's zone."""

    label: str
    starts_minute: int
    ends_minute: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One school. `days` are ISO weekdays (1 = Monday); minutes count from midnight in its zone.

    `lessons` stand in order; there are none where nobody said when they are.
    """

    site: int
    name: str
    zone: str
    days: tuple[int, ...] = (1, 2, 3, 4, 5)
    opens_minute: int = 420
    closes_minute: int = 1020
    holidays: frozenset[date] = field(default_factory=frozenset)
    lessons: tuple[Lesson, ...] = ()
    devices: int = 0

    def is_school_day(self, on: date) -> bool:
        """Whether there is school on this day."""
        return on.isoweekday() in self.days and on not in self.holidays

    def school_days_since(self, since: date, today: date, *, at_most: int = 60) -> int:
        """School days after `since` up to and including today; counting stops at `at_most`."""
        count, on = 0, today
        while on > since and count < at_most and (today - on).days < 7 * at_most:
            count += self.is_school_day(on)
            on -= timedelta(days=1)
        return count

    def next_lesson(self, now: datetime) -> tuple[Lesson, datetime] | None:
        """The lesson that begins next, and the instant at which it does; None where no lessons are known."""
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        for ahead in range(AHEAD_DAYS if self.lessons else 0):
            on = today + timedelta(days=ahead)
            for lesson in self.lessons if self.is_school_day(on) else ():
                starts_at = datetime.combine(on, time(*divmod(lesson.starts_minute, 60)), zone)
                if starts_at > now:
                    return lesson, starts_at
        return None
