"""Storage that is nearly full."""

from rollcall_collector.judge.findings.managed.storage_low import RULE
from tests.support.fleets.subjects import day, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.ipads.telling import ASKED, ordinary, recorded, tell_ipad


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        tell_ipad(school, number, ordinary(school_days(90)))
    days = school_days(6)
    answered = recorded("Connect", has="QueryResponses") | {"CommandUUID": ASKED}  # 0.84 of 64 GB free
    tell_ipad(school, SUSPECT, [*ordinary(days[:1]), *((on, answered) for on in days)])


def full(ago: int, percent: float = 5):
    return day(ago, storage_free_bytes=round(percent * 10), storage_size_bytes=1000)


def test_three_days_in_a_row_are_needed_and_room_made_ends_it() -> None:
    named = [
        found(subject(*days), RULE)
        for days in ((full(3), full(2)), (full(3), full(2), full(1)), (full(4), full(3), full(2), full(1, 30)))
    ]

    assert [bool(one) for one in named] == [False, True, False]


def test_a_disk_whose_size_is_not_told_with_it_is_not_judged() -> None:
    assert found(subject(*(day(ago, storage_free_bytes=1) for ago in range(9))), RULE) == {}
