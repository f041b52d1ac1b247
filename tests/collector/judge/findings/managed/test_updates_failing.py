"""Updates that fail, or wait."""

from dataclasses import replace
from datetime import timedelta

from rollcall_collector.judge.findings.managed.updates_failing import RULE
from tests.support.fleets.subjects import failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT
from tests.support.ipads import posts
from tests.support.ipads.telling import ordinary, recorded, tell_ipad


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        tell_ipad(school, number, ordinary(school_days(90)))
    told = recorded("DeclarativeManagement")  # its update to 18.6 has failed twice, and is pending
    again = posts.status(1, failures=3, softwareupdate__install_state="failed")
    days = [NIGHT - timedelta(days=ago) for ago in (9, 8, 2)]
    tell_ipad(school, SUSPECT, [*ordinary(days[:1]), (days[1], told), (days[2], again)])


def test_one_failed_update_is_not_a_finding_and_two_or_a_stuck_one_are() -> None:
    first, second, stuck = (
        failure("update", "update_failed", 9),
        failure("update", "update_failed", 2),
        failure("management", "update_stuck", 5),
    )

    named = [
        found(replace(subject(*facts), platform="ipados"), RULE) for facts in ((first,), (first, second), (stuck,))
    ]

    assert [bool(one) for one in named] == [False, True, True]


def test_updates_of_other_systems_are_judged_by_their_peers() -> None:
    told = failure("update", "update_failed", 9), failure("update", "update_failed", 2)

    assert found(replace(subject(*told), platform="windows"), RULE) == {}
