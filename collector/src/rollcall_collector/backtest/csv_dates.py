"""Reads a date, or a date with a time and zone, as programs write them: the year first."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

_EPOCH = date(1970, 1, 1)
_EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    r"(?: *(?P<zone>Z|UTC|GMT|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)?))?",
    re.IGNORECASE,
)


def read_day(text: str) -> int | None:
    """The day it names, as its own zone has it, in days since 1970-01-01; None where it names none."""
    read = _read(text)
    return None if read is None else (read.date() - _EPOCH).days


def read_instant_us(text: str) -> int | None:
    """The instant in microseconds since 1970 UTC, a time without a zone read as UTC; None where it is none."""
    read = _read(text)
    if read is None:
        return None
    return ((read if read.tzinfo else read.replace(tzinfo=UTC)) - _EPOCH_AT) // _MICROSECOND


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        found = _YEAR_FIRST.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=_zone(found))
    except ValueError:
        return None


def _zone(found: re.Match[str]) -> timezone | None:
    if found["zone"] is None:
        return None
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)
