"""What a device said last of its battery, to the minute or to the day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rollcall_collector.carts.told import is_day_only

SANTIAGO = ZoneInfo("America/Santiago")


def test_a_level_told_to_the_day_is_known_as_such_where_clocks_skip_midnight() -> None:
    began = datetime(2026, 9, 6, 4, tzinfo=UTC)  # 01:00 there, and the day's first instant

    assert is_day_only(began, SANTIAGO)
    assert is_day_only(datetime(2026, 9, 7, 3, tzinfo=UTC), SANTIAGO)
    assert is_day_only(datetime(2026, 9, 6, tzinfo=UTC), SANTIAGO)
    assert not is_day_only(datetime(2026, 9, 7, 4, tzinfo=UTC), SANTIAGO)
