"""What Google's boot reports mean: each start once, and an unclean end only where more than one sign says so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rollcall_agent.bridges.google.memory import KEPT, ChromebookMemory, whole_seconds
from rollcall_agent.bridges.google.starts import new_boots
from rollcall_wire import Boot
from tests.support.google.chromebooks import rfc3339

NOW = datetime(2026, 9, 15, 11, 0, tzinfo=UTC)
ID = "0000-cafe"


def report(at: datetime = NOW - timedelta(hours=5), **changes: Any) -> dict[str, Any]:
    """The numbers of ChromiumOS's own test of its boot report: 18 s, a shut-down of 1.5 s."""
    told = {
        "bootUpDuration": "18s", "bootUpTime": rfc3339(at), "reportTime": rfc3339(at + timedelta(hours=3)),
        "shutdownTime": rfc3339(at - timedelta(hours=15)), "shutdownDuration": "1.500s",
        "shutdownReason": "USER_REQUEST",
    } | changes  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def boots(*reports: dict[str, Any], memory: ChromebookMemory | None = None) -> tuple[Boot, ...]:
    told, _, _ = new_boots({"bootPerformanceReport": list(reports)}, ID, memory or ChromebookMemory(), NOW)
    return told


def test_a_boot_report_is_a_start_in_whole_seconds() -> None:
    (boot,) = boots(report())

    assert boot.to_login_seconds == 18.0
    assert boot.booted_at == NOW - timedelta(hours=5)
    assert (boot.source, boot.start_kind) == ("google_telemetry", "full")
    assert (boot.previous_stop, boot.stop_cause) == ("clean", "user")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("1.500s", 1.5), ("9s", 9.0), (None, None), ("0s", None), ("3601s", None), ("-3s", None), ("9", None), (9, None)],
)
def test_a_duration_that_is_none_is_not_measured(told: object, seconds: float | None) -> None:
    (boot,) = boots(report(bootUpDuration=told))

    assert boot.to_login_seconds == seconds


@pytest.mark.parametrize("apart", [-120, -1, 0, 2, 120])
def test_reports_of_one_start_are_one_start(apart: int) -> None:
    at = NOW - timedelta(hours=5)

    told = boots(report(at), report(at + timedelta(seconds=apart)))

    assert len(told) == 1


def test_two_starts_three_minutes_apart_are_two() -> None:
    at = NOW - timedelta(hours=5)

    assert len(boots(report(at), report(at + timedelta(seconds=180)))) == 2


def test_a_start_that_was_told_is_not_told_by_another_report_of_it() -> None:
    at = NOW - timedelta(hours=5)
    memory = ChromebookMemory(boots=(whole_seconds(at) - 2,))

    assert boots(report(at), memory=memory) == ()


def test_a_start_bears_the_same_name_whenever_it_is_told() -> None:
    assert boots(report())[0].boot_id == boots(report())[0].boot_id


def test_one_missing_shut_down_says_nothing() -> None:
    (boot,) = boots(report(shutdownTime=None, shutdownReason="OTHER"))

    assert (boot.previous_stop, boot.stop_cause) == ("unknown", "unknown")


def test_two_missing_shut_downs_are_an_unclean_end() -> None:
    at = NOW - timedelta(days=3)

    first, second = boots(report(at, shutdownTime=None), report(shutdownTime=None))

    assert (first.previous_stop, second.previous_stop) == ("unknown", "unclean")


def test_two_missing_shut_downs_with_months_between_say_nothing() -> None:
    long_ago = whole_seconds(NOW - timedelta(days=60))

    (boot,) = boots(report(shutdownTime=None), memory=ChromebookMemory(weak_at=long_ago))

    assert boot.previous_stop == "unknown"


def test_a_crash_nearby_makes_a_missing_shut_down_a_crash() -> None:
    memory = ChromebookMemory(crashed_at=whole_seconds(NOW - timedelta(hours=5, minutes=2)))

    (boot,) = boots(report(shutdownTime=None), memory=memory)

    assert (boot.previous_stop, boot.stop_cause) == ("unclean", "crash")


@pytest.mark.parametrize(
    ("reason", "cause"),
    [("SYSTEM_UPDATE", "update"), ("LOW_BATTERY", "battery_empty"), ("OTHER", "unknown"), ("A_NEW_ONE", "unknown")],
)
def test_a_noted_shut_down_is_clean_whatever_its_reason(reason: str, cause: str) -> None:
    (boot,) = boots(report(shutdownReason=reason))

    assert (boot.previous_stop, boot.stop_cause) == ("clean", cause)


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", None, "never", "2099-01-01T00:00:00Z"])
def test_a_shut_down_that_cannot_be_is_none(at: str | None) -> None:
    (boot,) = boots(report(shutdownTime=at))

    assert boot.previous_stop == "unknown"


@pytest.mark.parametrize(
    "changes",
    [
        {"bootUpTime": None}, {"bootUpTime": "1970-01-01T00:00:00Z"}, {"bootUpTime": 7}, {"reportTime": None},
        {"reportTime": rfc3339(NOW + timedelta(hours=1))}, {"bootUpTime": rfc3339(NOW + timedelta(hours=1))},
    ],
)  # fmt: skip
def test_a_start_that_cannot_be_placed_is_left_out(changes: dict[str, Any]) -> None:
    assert boots(report(**changes)) == ()


def test_nine_digits_of_a_fraction_are_read() -> None:
    (boot,) = boots(report(bootUpTime="2026-09-15T06:00:00.123456789Z"))

    assert boot.booted_at.replace(microsecond=0) == NOW - timedelta(hours=5)


def test_the_version_is_told_only_of_a_start_before_the_directory_heard() -> None:
    at = whole_seconds(NOW - timedelta(hours=5))
    before, after = (ChromebookMemory(described={"os_version": "130"}, synced_at=at + off) for off in (-60, 60))

    assert (boots(report(), memory=before)[0].os_version, boots(report(), memory=after)[0].os_version) == (None, "130")


def test_only_so_many_starts_are_remembered_and_an_older_one_is_not_told_again() -> None:
    days = [report(NOW - timedelta(days=days, hours=5)) for days in range(KEPT + 5)]
    _, _, memory = new_boots({"bootPerformanceReport": days}, ID, ChromebookMemory(), NOW)

    again = boots(*days, memory=memory)

    assert len(memory.boots) == KEPT
    assert again == ()
