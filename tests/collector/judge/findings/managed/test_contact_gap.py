"""Days without a word, where there is one every day."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rollcall_collector.judge.findings.managed.contact_gap import RULE
from tests.support.fleets.subjects import TODAY, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT
from tests.support.ipads.telling import ordinary, tell_ipad


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        tell_ipad(
            school, number, ordinary(school_days(90, until=NIGHT - timedelta(days=14 if number == SUSPECT else 0)))
        )


@pytest.mark.parametrize(
    ("days", "platform", "is_found"),
    [(7, "ipados", False), (8, "ipados", True), (13, "ipados", True), (14, "ipados", False), (9, "windows", False)],
)
def test_a_week_is_no_gap_and_what_is_missing_is_another_finding(days: int, platform: str, is_found: bool) -> None:
    given = replace(subject(), school_days_silent=days, platform=platform)

    assert bool(found(given, RULE)) == is_found


def test_a_gap_that_people_have_seen_to_is_told_again_only_when_it_begins_anew() -> None:
    given = replace(subject(settled={"contact_gap": TODAY}), school_days_silent=9, platform="ipados")

    assert found(given, RULE) == {}
