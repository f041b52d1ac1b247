"""The maker's own battery check."""

from datetime import timedelta

from rollcall_collector.judge.findings.battery_replace_now import RULE
from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.model.flag import Finding
from tests.support.fleets.subjects import battery, failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT


def _found(given: Subject) -> dict[str, Finding]:
    return found(given, RULE)


def test_replace_now_from_the_maker_is_believed_until_the_battery_is_new() -> None:
    told = failure("battery", "replace_now", 30)

    assert list(_found(subject(told))) == ["battery_replace_now"]
    assert _found(subject(told, battery(31, 70), battery(10, 99))) == {}
    assert _found(subject(failure("battery", "replace_soon", 3))) == {}


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        school.live(number, school_days(90))
    school.fail(SUSPECT, NIGHT - timedelta(days=3), "battery", "replace_now")
