"""A disk that has counted errors is watched by a published rule, and said so once."""

from datetime import timedelta

from rollcall_collector.judge.findings.disk_errors import NAME, RULE
from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.model.flag import Finding
from tests.support.fleets.subjects import TODAY, day, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days

DONE = {NAME: TODAY - timedelta(days=20)}


def _found(given: Subject) -> Finding | None:
    return found(given, RULE).get(NAME)


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        school.live(number, school_days(90), reallocated_sectors=7 if number == SUSPECT else 0)


def test_sectors_once_replaced_are_a_reason_to_watch_and_no_more() -> None:
    found = _found(subject(day(40, reallocated_sectors=7), day(1, reallocated_sectors=7)))

    assert found is not None
    assert found.verdict == "watch"
    assert found.sentence == (
        "Watch its disk: it has replaced 7 of its sectors (read on 1 Mar 2026, 7 a month before). Save what matters; "
        "it is to be replaced once this grows. (Rule: Backblaze's published practice with SMART 5, 187, 188, 197, 198.)"
    )
    assert found.evidence["value"] == 7
    assert found.evidence["before"] == 7


def test_a_disk_without_errors_or_not_read_for_long_says_nothing() -> None:
    clean = subject(day(1, reallocated_sectors=0, pending_sectors=0, media_errors=0, storage_wear_percent=60.0))
    unread, old = subject(day(1)), subject(day(61, media_errors=3), day(1))

    assert _found(clean) is None
    assert _found(unread) is None
    assert _found(old) is None


def test_a_rated_life_that_is_spent_is_said_as_such() -> None:
    found = _found(subject(day(1, storage_wear_percent=104.0)))

    assert found is not None
    assert "it has used 104 % of its rated life (read on 1 Mar 2026)" in found.sentence


def test_what_people_have_settled_speaks_again_only_when_it_grows() -> None:
    same = subject(day(30, media_errors=5), day(1, media_errors=5), settled=DONE)
    more = subject(day(30, media_errors=5), day(1, media_errors=6), settled=DONE)

    assert _found(same) is None
    assert _found(more) is not None
