"""Turns instants and days into the whole numbers that the store keeps, and back.

An instant is microseconds since 1970 UTC; a day is days since 1970-01-01 on the calendar of the school's zone.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
DAY_US = 86_400_000_000
_QUARTER_US = 900_000_000


def to_us(at: datetime) -> int:
    """Microseconds since 1970 UTC. A naive datetime raises TypeError: it names no instant."""
    return (at - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The aware UTC instant, exact to the microsecond."""
    return _EPOCH + timedelta(microseconds=us)


def to_day(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH_ORDINAL


@lru_cache(maxsize=10_000)  # a fleet of 25,000 devices has a few hundred days between them
def from_day(day: int) -> date:
    """The calendar day."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def local_day(us: int, zone: str) -> int:
    """The day on which the instant falls on a wall calendar in this zone; an empty or unknown zone means UTC."""
    return (us + _offset_us(us // _QUARTER_US, zone)) // DAY_US


@lru_cache(maxsize=10_000)
def start_of_day_us(day: int, zone: str) -> int:
    """The first instant of the day on a wall calendar in this zone; an empty or unknown zone means UTC.

    Where clocks skip midnight the day begins with the hour after it, where midnight comes twice with the first one.
    """
    try:
        there: tzinfo = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        there = UTC
    return to_us(datetime.combine(from_day(day), time(), there))


@lru_cache(maxsize=65_536)
def _offset_us(quarter: int, zone: str) -> int:
    # Every zone changes its clocks on a quarter of an hour, so one answer serves the whole quarter.
    try:
        offset = from_us(quarter * _QUARTER_US).astimezone(ZoneInfo(zone)).utcoffset()
    except (KeyError, ValueError, OSError):
        return 0
    return 0 if offset is None else offset // _MICROSECOND
