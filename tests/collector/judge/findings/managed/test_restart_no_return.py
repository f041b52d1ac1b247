"""Restarted, and not heard since."""

from dataclasses import replace
from datetime import timedelta

from rollcall_collector.judge.findings.managed.restart_no_return import RULE
from tests.support.fleets.subjects import TODAY, failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT
from tests.support.ipads import posts
from tests.support.ipads.telling import ordinary, tell_ipad


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        if number != SUSPECT:
            tell_ipad(school, number, ordinary(school_days(90)))
    days = school_days(90)[:-4]
    installing = posts.status(1, softwareupdate__install_state="installing")  # which ends in a restart
    tell_ipad(school, SUSPECT, [*ordinary(days), (days[-1], installing)], until=NIGHT)


def test_who_was_heard_after_it_is_back() -> None:
    dark = failure("management", "restart_no_return", 5)
    given = subject(dark)
    silent = replace(given, facts=replace(given.facts, last_active_on=TODAY - timedelta(days=5)))

    assert found(given, RULE) == {}
    assert found(silent, RULE)["restart_no_return"].sentence.startswith("Unlock it once by hand: ")
