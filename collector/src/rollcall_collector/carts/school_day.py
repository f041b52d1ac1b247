"""Says what holds for all carts of a school at one instant: when its day began, and since when few days passed."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from rollcall_collector.model.site import Site

_DAY = timedelta(days=1)
_LONG = timedelta(weeks=56)
"""School days further back are not looked for: who was heard since is not asked how long ago."""


class SchoolDay:
    """The day that it is at a school; each of its instants is reckoned once, however many devices are judged."""

    def __init__(self, site: Site, now: datetime) -> None:
        self.site = site
        self.now = now
        self.zone = ZoneInfo(site.zone)
        self.today = now.astimezone(self.zone).date()
        self._since: dict[int, datetime] = {}

    @cached_property
    def is_school_day(self) -> bool:
        """Whether there is school on this day."""
        return self.site.is_school_day(self.today)

    @cached_property
    def is_lesson_time(self) -> bool:
        """Whether the school is open now."""
        local = self.now.astimezone(self.zone)
        is_open = self.site.opens_minute <= local.hour * 60 + local.minute < self.site.closes_minute
        return is_open and self.is_school_day

    @cached_property
    def began_at(self) -> datetime:
        """The instant at which this day began there."""
        return self._at(self.today, 0)

    @cached_property
    def opened_at(self) -> datetime:
        """The instant at which the school opens on this day."""
        return self._at(self.today, self.site.opens_minute)

    @cached_property
    def closes_at(self) -> datetime:
        """The instant at which the school closes on this day."""
        return self._at(self.today, self.site.closes_minute)

    def is_within(self, at: datetime, school_days: int) -> bool:
        """Whether no more school days than these passed since then, today included."""
        since = self._since.get(school_days)
        if since is None:
            since = self._since[school_days] = self._start_of(school_days)
        return at >= since

    def school_days_since(self, at: datetime, until: datetime, *, at_most: int) -> int:
        """School days after that day until another."""
        on, until_on = at.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        return self.site.school_days_since(on, until_on, at_most=at_most)

    def _start_of(self, school_days: int) -> datetime:
        """When the first day began since which no more than so many passed."""
        count, on = 0, self.today
        while self.today - on < _LONG:
            count += self.site.is_school_day(on)
            if count > school_days:
                return self._at(on, 0)
            on -= _DAY
        return datetime.min.replace(tzinfo=UTC)

    def _at(self, on: date, minute: int) -> datetime:
        return (datetime.combine(on, time(), self.zone) + timedelta(minutes=minute)).astimezone(UTC)
