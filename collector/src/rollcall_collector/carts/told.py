"""Says what a device told last of its battery, when that was, and how long its cart can have charged it since."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from rollcall_collector.carts.school_day import SchoolDay
from rollcall_collector.model.cart import Member
from rollcall_collector.model.wording import say_day_and_month

_DAY = timedelta(days=1)
_QUARTER = 15
"""Minutes; in every zone each midnight falls on a quarter of an hour."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LastWord:
    """The last word on a battery: its level, and the latest instant at which that can have been so.

    Out of school hours only the day is told: then it may have been as late as that day's end, or as now.
    """

    percent: float
    at: datetime
    is_day_only: bool = False


def last_told(member: Member, day: SchoolDay) -> LastWord | None:
    """What the member told last; None where it never told a level."""
    if member.level_percent is None or member.level_at is None:
        return None
    if not is_day_only(member.level_at, day.zone):
        return LastWord(percent=member.level_percent, at=min(member.level_at, day.now))
    latest = member.level_at.astimezone(day.zone) + _DAY
    return LastWord(percent=member.level_percent, at=min(latest, day.now), is_day_only=True)


def is_day_only(at: datetime, zone: ZoneInfo) -> bool:
    """Whether only the day was told. A publisher that knows no school hours rounds to the day in UTC."""
    if at.minute % _QUARTER or at.second or at.microsecond:
        return False
    return at in {midnight(zone, at), midnight(UTC, at)}


def time_in_cart(told: LastWord, day: SchoolDay) -> timedelta:
    """How long it has been in its cart since school closed on that day; nothing before it closes."""
    if told.at >= day.began_at:
        return max(timedelta(0), day.now - max(told.at, day.closes_at))
    local = told.at.astimezone(day.zone)
    closes = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=day.site.closes_minute)
    return max(timedelta(0), day.now - max(local, closes))


def midnight(zone: tzinfo, now: datetime) -> datetime:
    """The first instant of this day there: an hour past midnight where clocks skip it."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)


def say_told(told: LastWord, day: SchoolDay) -> str:
    """`38 % 2 h ago`; with the day alone where only that was told."""
    if told.is_day_only:
        on = (told.at - timedelta(microseconds=1)).astimezone(day.zone).date()
        return f"{told.percent:.0f} % on {say_day_and_month(on)}, out of hours"
    return f"{told.percent:.0f} % {say_ago(day.now - told.at)}"


def say_ago(passed: timedelta) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `4 days ago`."""
    minutes = max(0, round(passed / timedelta(minutes=1)))
    if minutes == 0:
        return "just now"
    if minutes < 60:  # noqa: PLR2004  # minutes in an hour
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // 1440} days ago"
