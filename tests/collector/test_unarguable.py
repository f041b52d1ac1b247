"""What may be said of a device without statistics, and what may not."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from rollcall_collector.judge.unarguable import RULES, find_unarguable
from rollcall_collector.judge.unflagged import judge_exposure
from rollcall_collector.model.fact import DeviceDay, DeviceFacts, Failure
from rollcall_collector.model.flag import Finding

TODAY = date(2026, 3, 2)


def _day(ago: int, **readings: float | None) -> DeviceDay:
    return replace(
        DeviceDay(on=TODAY - timedelta(days=ago), reports=3, boots=1, unclean_stops=0, failures=0),
        **readings,  # type: ignore[arg-type]  # readings by name
    )


def _battery(ago: int, percent: float) -> DeviceDay:
    return _day(ago, battery_full_wh=percent / 2, battery_design_wh=50.0, battery_cycles=412)


def _failure(channel: str, code: str, ago: int, **evidence: float) -> Failure:
    on = TODAY - timedelta(days=ago)
    return Failure(
        channel=channel,
        code=code,
        occurred_at=datetime.combine(on, time(9), UTC),
        occurred_on=on,
        is_day_only=False,
        count=1,
        boot_id=None,
        evidence=evidence,
    )


def _facts(
    *facts: DeviceDay | Failure, warranty_until: date | None = None, settled: dict[str, date] | None = None
) -> DeviceFacts:
    days = tuple(sorted((one for one in facts if isinstance(one, DeviceDay)), key=lambda day: day.on))
    return DeviceFacts(
        active_days=200,
        last_active_on=TODAY,
        days=days,
        failures=tuple(one for one in facts if isinstance(one, Failure)),
        warranty_until=warranty_until,
        settled=settled,
    )


def _found(facts: DeviceFacts) -> dict[str, Finding]:
    return {one.finding: one for one in find_unarguable(facts, TODAY)}


def test_a_quiet_device_is_not_named() -> None:
    quiet = _facts(*(_day(ago, battery_full_wh=45.0, battery_design_wh=50.0, media_errors=0) for ago in range(60)))

    assert _found(quiet) == {}


@pytest.mark.parametrize("code", ["smart_failing", "spare_low", "read_only"])
def test_a_disk_that_says_it_fails_is_believed(code: str) -> None:
    found = _found(_facts(_failure("storage", code, 5, exit_status=8.0)))

    assert list(found) == ["failing_disk"]
    assert found["failing_disk"].verdict == "repair"
    assert found["failing_disk"].sentence.startswith("Replace the disk: on 25 Feb 2026 ")
    assert found["failing_disk"].evidence == {"exit_status": 8.0, "code": code, "on": "2026-02-25", "reports": 1}


@pytest.mark.parametrize("code", ["reallocated_sectors", "filesystem_error", "io_error"])
def test_what_only_may_be_the_disk_waits_for_the_statistics(code: str) -> None:
    assert _found(_facts(_failure("storage", code, 5))) == {}


def test_a_disk_said_to_fail_over_a_year_ago_no_longer_speaks_for_today() -> None:
    assert _found(_facts(_failure("storage", "smart_failing", 366))) == {}


def test_errors_that_stand_still_are_not_growth() -> None:
    steady = _facts(*(_day(ago, media_errors=26) for ago in range(30)))

    assert _found(steady) == {}


def test_growing_errors_are_named_with_both_numbers_and_days() -> None:
    growing = _facts(_day(12, media_errors=14), _day(9, media_errors=20), _day(3, media_errors=26))

    found = _found(growing)["growing_disk_errors"]

    assert "grew by 12 between 18 Feb 2026 and 27 Feb 2026, from 14 to 26" in found.sentence
    assert "published rule" in found.sentence
    assert (found.evidence["first"], found.evidence["last"]) == (14, 26)


def test_one_jump_may_be_a_second_disk_and_is_not_growth() -> None:
    jumped = _facts(_day(12, media_errors=0), _day(9, media_errors=20), _day(3, media_errors=20))

    assert _found(jumped) == {}


def test_a_disk_that_sleeps_now_and_then_is_not_growth() -> None:
    flapping = _facts(*(_day(ago, media_errors=5 * (ago % 2)) for ago in range(20)))

    assert _found(flapping) == {}


def test_growth_that_the_device_counted_itself_is_enough() -> None:
    found = _found(_facts(_failure("storage", "media_errors", 4, delta=3, value=17)))["growing_disk_errors"]

    assert "grew by 3 on 26 Feb 2026, from 14 to 17" in found.sentence


def test_errors_reported_without_growth_are_not_growth() -> None:
    assert _found(_facts(_failure("storage", "media_errors", 4, value=17))) == {}


def test_a_worn_battery_is_named_with_its_numbers_its_rule_and_its_source() -> None:
    worn = _found(_facts(*(_battery(ago, 58) for ago in (1, 3, 6))))["worn_battery"]

    assert worn.verdict == "repair"
    assert "29.0 of 50.0 Wh after 412 charges, 58 % in the middle of 3 days' readings" in worn.sentence
    assert "Microsoft Endpoint analytics" in worn.sentence
    assert worn.evidence["median_percent"] == 58.0
    assert worn.evidence["rule"] == "median under 60 % of design, 3 days or more"


@pytest.mark.parametrize(
    "readings",
    [
        [(1, 58), (3, 58)],
        [(1, 58), (3, 61), (6, 62)],
        [(1, 60), (3, 60), (6, 60)],
        [(200, 58), (203, 58), (206, 58)],
        [(1, 92), (2, 91), (3, 93), (20, 50), (21, 51), (22, 50)],
        [(1, 92), (20, 50), (21, 51), (22, 50)],
        [(1, 58), (45, 58), (50, 58)],
    ],
    ids=["two readings", "median above", "exactly 60", "too old", "new battery", "just changed", "months apart"],
)
def test_a_battery_is_not_named_on_less(readings: list[tuple[int, float]]) -> None:
    assert _found(_facts(*(_battery(ago, percent) for ago, percent in readings))) == {}


def test_a_battery_without_a_design_capacity_is_unknown_not_bad() -> None:
    unknown = [_day(ago, battery_full_wh=10.0) for ago in range(5)]
    empty = [_day(ago, battery_full_wh=10.0, battery_design_wh=0.0) for ago in range(5, 10)]

    assert _found(_facts(*unknown, *empty)) == {}


def test_replace_now_from_the_maker_is_believed_until_the_battery_is_new() -> None:
    told = _failure("battery", "replace_now", 30)

    assert list(_found(_facts(told))) == ["battery_replace_now"]
    assert _found(_facts(told, _battery(31, 70), _battery(10, 99))) == {}
    assert _found(_facts(_failure("battery", "replace_soon", 3))) == {}


def test_under_warranty_it_is_the_vendors_business() -> None:
    covered = _found(_facts(_failure("storage", "smart_failing", 5), warranty_until=TODAY))["failing_disk"]
    expired = _facts(_failure("storage", "smart_failing", 5), warranty_until=TODAY - timedelta(days=1))

    assert covered.verdict == "claim"
    assert "Its warranty lasts until 2 Mar 2026" in covered.sentence
    assert _found(expired)["failing_disk"].verdict == "repair"


@pytest.mark.parametrize("rule", RULES)
def test_evidence_up_to_the_day_of_the_repair_is_spent(rule: str) -> None:
    facts = _facts(
        _failure("storage", "smart_failing", 9),
        _failure("storage", "media_errors", 9, delta=3, value=17),
        _failure("battery", "replace_now", 9),
        *(_battery(ago, 50) for ago in range(9, 15)),
    )
    assert rule in _found(facts)

    repaired = replace(facts, settled={rule: TODAY - timedelta(days=9)})
    again = replace(facts, settled={rule: TODAY - timedelta(days=20)})

    assert rule not in _found(repaired)
    assert set(_found(repaired)) == set(RULES) - {rule}
    assert rule in _found(again)


@pytest.mark.parametrize(
    ("active_days", "last_ago", "verdict", "words"),
    [
        (0, None, "not_enough_evidence", "not been heard yet"),
        (1, 0, "not_enough_evidence", "1 active day so far; from 60 on"),
        (59, 0, "not_enough_evidence", "59 active days so far"),
        (60, 0, "healthy", "Nothing speaks against it in 60 active days."),
        (400, 90, "healthy", "400 active days"),
        (400, 91, "not_enough_evidence", "Last active on 1 Dec 2025"),
    ],
)
def test_healthy_needs_exposure(active_days: int, last_ago: int | None, verdict: str, words: str) -> None:
    last = None if last_ago is None else TODAY - timedelta(days=last_ago)

    judged = judge_exposure(DeviceFacts(active_days=active_days, last_active_on=last), TODAY)

    assert judged.verdict == verdict
    assert words in judged.sentence
    assert judged.active_days == active_days
