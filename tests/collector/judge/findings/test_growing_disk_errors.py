"""A disk whose errors grow."""

from collections.abc import Sequence

import pytest

from rollcall_collector.judge.findings.growing_disk_errors import RULE
from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.model.flag import Finding
from tests.support.fleets.subjects import day, failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days


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


@pytest.mark.parametrize(
    "sectors",
    [
        (0, 1, 0, 1, 0),
        (0, 1, 0, 1, 0, 1),
        (0, 1, 0, 2, 0, 1),
        (3, 0, 3, 0, 3, 0, 3),
        (16, 8, 0, 0, 0),
        (0, 8, 8, 8),
    ],
)
@pytest.mark.parametrize("counter", ["pending_sectors", "media_errors"])
def test_sectors_that_come_and_go_are_not_growth(counter: str, sectors: Sequence[int]) -> None:
    days = [day(len(sectors) - place, **{counter: value}) for place, value in enumerate(sectors)]

    assert _found(subject(*days)) == {}


@pytest.mark.parametrize("sectors", [(0, 8, 16), (16, 0, 8, 24), (0, 0, 1, 1, 2), (5, 3, 4, 6, 9)])
def test_sectors_that_become_more_since_they_were_fewest_are_growth(sectors: Sequence[int]) -> None:
    days = [day(len(sectors) - place, pending_sectors=value) for place, value in enumerate(sectors)]

    assert "growing_disk_errors" in _found(subject(*days))


@pytest.mark.parametrize(("sectors", "is_growth"), [((0, 1, 0), False), ((0, 1, 0, 1), False), ((0, 1, 1), True)])
def test_growth_the_device_counted_is_over_once_it_has_gone_again(sectors: Sequence[int], is_growth: bool) -> None:
    days = [day(len(sectors) - place, pending_sectors=value) for place, value in enumerate(sectors)]
    rose = failure("storage", "pending_sectors", len(sectors) - 1, delta=1, value=1)

    assert bool(_found(subject(*days, rose))) is is_growth


def tell(school: ToldSchool) -> None:
    *before, last_but_one, last = school_days(90)
    for number in school.devices:
        school.live(number, before, media_errors=14)
    school.live(SUSPECT, [last_but_one], media_errors=20)
    school.live(SUSPECT, [last], media_errors=26)
