"""A disk that has counted errors is watched by a published rule, and said so once."""

from datetime import date, timedelta

from rollcall_collector.judge.disk_errors import find_disk_errors
from rollcall_collector.model.fact import DeviceDay, DeviceFacts

TODAY = date(2026, 3, 2)


def _day(ago: int, **counters: float | None) -> DeviceDay:
    on = TODAY - timedelta(days=ago)
    return DeviceDay(on=on, reports=1, boots=1, unclean_stops=0, failures=0, **counters)  # type: ignore[arg-type]


def _facts(*days: DeviceDay, settled: int | None = None) -> DeviceFacts:
    done = None if settled is None else {"disk_errors": TODAY - timedelta(days=settled)}
    return DeviceFacts(
        active_days=200, last_active_on=TODAY, days=tuple(sorted(days, key=lambda day: day.on)), settled=done
    )


def test_sectors_once_replaced_are_a_reason_to_watch_and_no_more() -> None:
    found = find_disk_errors(_facts(_day(40, reallocated_sectors=7), _day(1, reallocated_sectors=7)), TODAY)

    assert found is not None
    assert found.verdict == "watch"
    assert found.sentence == (
        "Watch its disk: it has replaced 7 of its sectors (read on 1 Mar 2026, 7 a month before). Save what matters; "
        "it is to be replaced once this grows. (Rule: Backblaze's published practice with SMART 5, 187, 188, 197, 198.)"
    )
    assert found.evidence["value"] == 7
    assert found.evidence["before"] == 7


def test_a_disk_without_errors_or_not_read_for_long_says_nothing() -> None:
    clean = _facts(_day(1, reallocated_sectors=0, pending_sectors=0, media_errors=0, storage_wear_percent=60.0))
    unread, old = _facts(_day(1)), _facts(_day(61, media_errors=3), _day(1))

    assert find_disk_errors(clean, TODAY) is None
    assert find_disk_errors(unread, TODAY) is None
    assert find_disk_errors(old, TODAY) is None


def test_a_rated_life_that_is_spent_is_said_as_such() -> None:
    found = find_disk_errors(_facts(_day(1, storage_wear_percent=104.0)), TODAY)

    assert found is not None
    assert "it has used 104 % of its rated life (read on 1 Mar 2026)" in found.sentence


def test_what_people_have_settled_speaks_again_only_when_it_grows() -> None:
    same = _facts(_day(30, media_errors=5), _day(1, media_errors=5), settled=20)
    more = _facts(_day(30, media_errors=5), _day(1, media_errors=6), settled=20)

    assert find_disk_errors(same, TODAY) is None
    assert find_disk_errors(more, TODAY) is not None
