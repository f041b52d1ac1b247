"""Calls that nobody answers."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rollcall_collector.judge.findings.managed.pushes_unanswered import RULE
from tests.support.fleets.subjects import failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT
from tests.support.ipads.telling import ordinary, tell_ipad, unanswered


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        tell_ipad(school, number, ordinary(school_days(90)))
    with TemporaryDirectory() as folder:
        for told in unanswered(Path(folder), [NIGHT - timedelta(days=ago) for ago in range(13, 0, -1)]):
            school.fail(SUSPECT, told.occurred_at.date(), told.channel, told.code)


def test_five_days_are_needed_and_being_heard_in_between() -> None:
    def pushes(*ago: int):
        return [failure("management", "push_unanswered", one) for one in ago]

    assert found(subject(*pushes(2, 3, 4, 5)), RULE) == {}
    assert list(found(subject(*pushes(2, 3, 4, 5, 6)), RULE)) == ["pushes_unanswered"]
    assert found(subject(*pushes(2, 3, 4, 5, 30)), RULE) == {}
