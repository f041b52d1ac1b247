"""Enrolled again and again, or gone."""

from datetime import timedelta

from rollcall_collector.judge.findings.managed.enrolled_again import RULE
from tests.support.fleets.subjects import failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT
from tests.support.ipads.telling import ordinary, recorded, tell_ipad


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        if number != SUSPECT:
            tell_ipad(school, number, ordinary(school_days(90)))
    days = school_days(90)[:-4]
    tell_ipad(school, SUSPECT, [*ordinary(days), (days[-1] + timedelta(days=1), recorded("CheckOut"))])


def test_a_new_pupil_and_a_mistake_are_no_finding_a_third_time_is() -> None:
    again = [failure("management", "re_enrolled", ago) for ago in (60, 40, 20)]

    assert found(subject(*again[:2]), RULE) == {}
    assert "on 3 days in 90" in found(subject(*again), RULE)["enrolled_again"].sentence
    assert again[0].occurred_on < NIGHT


def test_who_left_and_came_back_is_no_finding() -> None:
    assert found(subject(failure("management", "unenrolled", 9), failure("management", "re_enrolled", 8)), RULE) == {}
