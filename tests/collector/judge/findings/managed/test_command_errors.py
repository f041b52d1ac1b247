"""Questions that end in errors."""

from rollcall_collector.judge.findings.managed.command_errors import RULE
from tests.support.fleets.subjects import failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.ipads.telling import ASKED, ordinary, recorded, tell_ipad


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        tell_ipad(school, number, ordinary(school_days(90)))
    failed = recorded("Connect", has="ErrorChain") | {"CommandUUID": ASKED}
    days = school_days(12)
    tell_ipad(school, SUSPECT, [*ordinary(days[:1]), *((on, failed) for on in days[-4:])])


def test_a_fifth_of_the_answers_is_needed() -> None:
    def failed(ago: int, well: int):
        return failure("management", "command_failed", ago, delta=well, value=12021)

    often = found(subject(failed(9, 200), failed(6, 2), failed(5, 1), failed(3, 2)), RULE)
    seldom = found(subject(failed(9, 200), failed(6, 20), failed(5, 9), failed(3, 20)), RULE)
    at_once = found(subject(failed(3, 0), failed(3, 0), failed(3, 0), failed(3, 0)), RULE)

    assert "4 questions of its management service, 44% of them" in often["command_errors"].sentence
    assert "12021" in often["command_errors"].sentence
    assert (seldom, at_once) == ({}, {})
