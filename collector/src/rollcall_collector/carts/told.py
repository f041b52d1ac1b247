"""Says what a device told last of its battery, when that was, and how long its cart can have charged it since."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from rollcall_collector.model.cart import Member
from rollcall_collector.model.site import Site
from rollcall_collector.model.wording import say_day_and_month

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class LastWord:
    """The last word on a battery: its level, and the latest instant at which that can have been so.

    Out of school hours only the day is told: then it may have been as late as that day's end, or as now.
    """

    percent: float
    at: datetime
    is_day_only: bool = False


def last_told(member: Member, site: Site, now: datetime) -> LastWord | None:
    """What the member told last; None where it never told a level."""
    if member.level_percent is None or member.level_at is None:
        return None
    local = member.level_at.astimezone(ZoneInfo(site.zone))
    is_rounded = is_day_only(member.level_at, site)
    latest = local + _DAY if is_rounded else local
    return LastWord(percent=member.level_percent, at=min(latest, now), is_day_only=is_rounded)


def is_day_only(at: datetime, site: Site) -> bool:
    """Whether only the day was told. A publisher that knows no school hours rounds to the day in UTC."""
    return at in {midnight(ZoneInfo(site.zone), at), midnight(UTC, at)}


def time_in_cart(told: LastWord, site: Site, now: datetime) -> timedelta:
    """How long it has been in its cart since school closed on that day; nothing before it closes."""
    local = told.at.astimezone(ZoneInfo(site.zone))
    closes = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=site.closes_minute)
    return max(timedelta(0), now - max(local, closes))


def is_lesson_time(site: Site, now: datetime) -> bool:
    """Whether the school is open."""
    local = now.astimezone(ZoneInfo(site.zone))
    is_open = site.opens_minute <= local.hour * 60 + local.minute < site.closes_minute
    return is_open and site.is_school_day(local.date())


def opened_at(site: Site, now: datetime) -> datetime:
    """The instant at which the school opens on this day."""
    return _today_at(ZoneInfo(site.zone), now, time(*divmod(site.opens_minute, 60)))


def midnight(zone: tzinfo, now: datetime) -> datetime:
    """The first instant of this day there: an hour past midnight where clocks skip it."""
    return _today_at(zone, now, time())


def _today_at(zone: tzinfo, now: datetime, at: time) -> datetime:
    return datetime.combine(now.astimezone(zone).date(), at, zone).astimezone(UTC)


def has_school(site: Site, now: datetime) -> bool:
    """Whether it is a school day there."""
    return site.is_school_day(now.astimezone(ZoneInfo(site.zone)).date())


def say_told(told: LastWord, site: Site, now: datetime) -> str:
    """`38 % 2 h ago`; with the day alone where only that was told."""
    if told.is_day_only:
        on = (told.at - timedelta(microseconds=1)).astimezone(ZoneInfo(site.zone)).date()
        return f"{told.percent:.0f} % on {say_day_and_month(on)}, out of hours"
    return f"{told.percent:.0f} % {say_ago(now - told.at)}"


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
