"""Days begin where the clocks on the wall begin them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from rollcall_collector.store.instants import from_us, start_of_day_us, to_day, to_us

_YEARS = (date(2011, 1, 1), date(2012, 1, 1)), (date(2024, 1, 1), date(2027, 1, 1))
"""In 2011 Samoa had no 30 December."""
_WEEK = timedelta(days=7)


def days_of_change(zone: ZoneInfo) -> Iterator[date]:
    """Every day of the weeks in which the clocks there are put."""
    for first, last in _YEARS:
        monday = datetime(first.year, 1, 1, tzinfo=UTC)
        while monday.date() < last:
            if monday.astimezone(zone).utcoffset() != (monday + _WEEK).astimezone(zone).utcoffset():
                yield from ((monday + timedelta(days=on)).date() for on in range(-1, 9))
            monday += _WEEK


def test_a_day_begins_with_its_first_instant_in_every_zone() -> None:
    days = [(name, on) for name in sorted(available_timezones()) for on in days_of_change(ZoneInfo(name))]

    wrong = []
    for name, on in days:
        zone, began_us = ZoneInfo(name), start_of_day_us(to_day(on), name)
        before, at = (from_us(us).astimezone(zone).date() for us in (began_us - 1, began_us))
        if not before < on <= at:
            wrong.append((name, on))

    assert len(days) > 10_000
    assert wrong == []


@pytest.mark.parametrize(
    ("zone", "began"),
    [
        ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 9, 5, 22, tzinfo=UTC)),
        ("Mars/Olympus", datetime(2026, 9, 6, tzinfo=UTC)),
        ("", datetime(2026, 9, 6, tzinfo=UTC)),
    ],
)
def test_a_day_whose_midnight_is_skipped_begins_an_hour_later(zone: str, began: datetime) -> None:
    assert start_of_day_us(to_day(date(2026, 9, 6)), zone) == to_us(began)
