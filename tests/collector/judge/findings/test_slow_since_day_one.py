"""A start that was always slow has only its peers to be compared with."""

from rollcall_collector.judge.findings.slow_since_day_one import find_slow_since_day_one
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days, uneven_luck

COUNT = 120


def tell(school: ToldSchool) -> None:
    luck = uneven_luck(3)
    for number in school.devices:
        for on in school_days(120):
            school.start(number, on, (80 if number == SUSPECT else 30) * luck.lognormvariate(0, 0.1))


def test_slow_since_day_one_is_watched() -> None:
    found = find_slow_since_day_one(80, 31)

    assert found.verdict == "watch"
    assert "80 s where its model takes 31 s" in found.sentence
