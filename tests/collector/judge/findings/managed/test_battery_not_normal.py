"""A battery that says of itself that it needs service."""

from datetime import timedelta

from rollcall_collector.judge.findings.managed.battery_not_normal import RULE
from tests.support.fleets.subjects import battery, failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT
from tests.support.ipads.telling import ordinary, recorded, tell_ipad


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        tell_ipad(school, number, ordinary(school_days(90)))
    tell_ipad(
        school,
        SUSPECT,
        [*ordinary([NIGHT - timedelta(days=4)]), (NIGHT - timedelta(days=3), recorded("DeclarativeManagement"))],
    )


def test_it_is_believed_until_the_battery_is_new() -> None:
    told = failure("battery", "service_recommended", 30)

    named = found(subject(told), RULE)

    assert named["battery_not_normal"].verdict == "repair"
    assert found(subject(told, battery(31, 70), battery(10, 99)), RULE) == {}


def test_a_battery_of_another_maker_is_watched_and_not_replaced_by_itself() -> None:
    named = found(subject(failure("battery", "non_genuine", 3)), RULE)

    assert named["battery_not_normal"].verdict == "watch"


def test_what_other_batteries_say_is_other_findings() -> None:
    assert found(subject(failure("battery", "replace_soon", 3)), RULE) == {}
