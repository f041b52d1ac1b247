"""A school: its zone, its hours, its holidays; it knows which days are school days."""

from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSite:
    """What a site gets that is only named so far: zone and hours."""

    zone: str
    opens_minute: int = 420
    closes_minute: int = 1020


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One school. `days` are ISO weekdays (1 = Monday); minutes count from midnight in its zone."""

    site: int
    name: str
    zone: str
    days: tuple[int, ...] = (1, 2, 3, 4, 5)
    opens_minute: int = 420
    closes_minute: int = 1020
    holidays: frozenset[date] = field(default_factory=frozenset)
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
