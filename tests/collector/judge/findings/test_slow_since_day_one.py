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
    found = find_slow_since_day_one("full", 80, 31, 15, 240)

    assert found.verdict == "watch"
    assert "full starts take 80 s, its model's 31 s" in found.sentence
    assert "First, at no cost: restart it" in found.sentence
