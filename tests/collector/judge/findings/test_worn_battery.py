"""A battery that holds too little."""

import pytest

from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.judge.findings.worn_battery import RULE
from rollcall_collector.model.flag import Finding
from tests.support.fleets.subjects import battery, day, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days


def _found(given: Subject) -> dict[str, Finding]:
    return found(given, RULE)


def test_a_worn_battery_is_named_with_its_numbers_its_rule_and_its_source() -> None:
    worn = _found(subject(*(battery(ago, 58) for ago in (1, 3, 6))))["worn_battery"]

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
    assert _found(subject(*(battery(ago, percent) for ago, percent in readings))) == {}


def test_a_battery_without_a_design_capacity_is_unknown_not_bad() -> None:
    unknown = [day(ago, battery_full_wh=10.0) for ago in range(5)]
    empty = [day(ago, battery_full_wh=10.0, battery_design_wh=0.0) for ago in range(5, 10)]

    assert _found(subject(*unknown, *empty)) == {}


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        held = 27.0 if number == SUSPECT else 46.0
        school.live(number, school_days(90), battery_full_wh=held, battery_design_wh=50.0)
