"""Storage that is nearly full."""

from rollcall_collector.judge.findings.managed.storage_low import RULE
from tests.support.fleets.subjects import failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.ipads.telling import ASKED, ordinary, recorded, tell_ipad


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        tell_ipad(school, number, ordinary(school_days(90)))
    days = school_days(6)
    answered = recorded("Connect", has="QueryResponses") | {"CommandUUID": ASKED}  # 0.84 of 64 GB free
    tell_ipad(school, SUSPECT, [*ordinary(days[:1]), *((on, answered) for on in days)])


def test_three_days_of_the_last_ten_are_needed_and_room_made_ends_it() -> None:
    def full(*ago: int):
        return [failure("management", "storage_low", one, percent=5.0) for one in ago]

    assert found(subject(*full(3, 2)), RULE) == {}
    assert "only 5 % of its storage is free" in found(subject(*full(4, 3, 2)), RULE)["storage_low"].sentence
    assert found(subject(*full(14, 13, 12, 2)), RULE) == {}
