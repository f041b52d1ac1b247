"""Silence is counted in school days."""

from datetime import date, timedelta

from rollcall_collector.judge.findings.missing import find_missing
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT

TODAY = date(2025, 3, 3)  # a Monday


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        school.live(number, school_days(90, until=NIGHT - timedelta(days=30 if number == SUSPECT else 0)))


def test_a_device_is_missing_after_fourteen_school_days_without_a_word() -> None:
    last = TODAY - timedelta(days=21)

    missing, excused = find_missing(last, 14), find_missing(last, 13)

    assert missing is not None
    assert missing.verdict == "missing"
    assert missing.sentence.startswith("Not heard since 10 Feb 2025, 14 school days: look for it.")
    assert excused is None
    assert find_missing(None, 60) is None
