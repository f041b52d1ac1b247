"""A disk whose errors grow."""

from rollcall_collector.judge.findings.growing_disk_errors import RULE
from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.model.flag import Finding
from tests.support.subjects import day, failure, found, subject
from tests.support.told_school import SUSPECT, ToldSchool, school_days


def _found(given: Subject) -> dict[str, Finding]:
    return found(given, RULE)


def test_errors_that_stand_still_are_not_growth() -> None:
    steady = subject(*(day(ago, media_errors=26) for ago in range(30)))

    assert _found(steady) == {}


def test_growing_errors_are_named_with_both_numbers_and_days() -> None:
    growing = subject(day(12, media_errors=14), day(9, media_errors=20), day(3, media_errors=26))

    found = _found(growing)["growing_disk_errors"]

    assert "grew by 12 between 18 Feb 2026 and 27 Feb 2026, from 14 to 26" in found.sentence
    assert "published rule" in found.sentence
    assert (found.evidence["first"], found.evidence["last"]) == (14, 26)


def test_one_jump_may_be_a_second_disk_and_is_not_growth() -> None:
    jumped = subject(day(12, media_errors=0), day(9, media_errors=20), day(3, media_errors=20))

    assert _found(jumped) == {}


def test_a_disk_that_sleeps_now_and_then_is_not_growth() -> None:
    flapping = subject(*(day(ago, media_errors=5 * (ago % 2)) for ago in range(20)))

    assert _found(flapping) == {}


def test_growth_that_the_device_counted_itself_is_enough() -> None:
    found = _found(subject(failure("storage", "media_errors", 4, delta=3, value=17)))["growing_disk_errors"]

    assert "grew by 3 on 26 Feb 2026, from 14 to 17" in found.sentence


def test_errors_reported_without_growth_are_not_growth() -> None:
    assert _found(subject(failure("storage", "media_errors", 4, value=17))) == {}


def tell(school: ToldSchool) -> None:
    *before, last_but_one, last = school_days(90)
    for number in school.devices:
        school.live(number, before, media_errors=14)
    school.live(SUSPECT, [last_but_one], media_errors=20)
    school.live(SUSPECT, [last], media_errors=26)
