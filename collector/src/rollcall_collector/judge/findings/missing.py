"""A device that was not heard for many school days: silence is neither health nor failure."""

from datetime import date

from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "missing"
MISSING_SCHOOL_DAYS = 14


def find_missing(last_on: date | None, school_days: int) -> Finding | None:
    """A finding for a device silent for 14 school days of its site; holidays and week-ends are no silence."""
    if last_on is None or school_days < MISSING_SCHOOL_DAYS:
        return None
    return Finding(
        finding=NAME,
        verdict="missing",
        sentence=say_missing(last_on, school_days),
        evidence={"last_on": last_on.isoformat(), "school_days": school_days},
    )


def say_missing(last_on: date, school_days: int) -> str:
    """Silence is neither health nor failure."""
    return (
        f"Not heard since {say_date(last_on)}, {school_days} school days: look for it. "
        "Its days of silence count neither for nor against it."
    )


def _find(subject: Subject) -> Finding | None:
    last_on, done_on = subject.facts.last_active_on, subject.settled_on(NAME)
    if done_on is not None and last_on is not None and last_on <= done_on:
        return None
    return find_missing(last_on, subject.school_days_silent)


RULE = Rule(
    name=NAME,
    title="missing",
    part=None,
    needs=Needs(is_calendar=True),
    verdict="missing",
    find=_find,
)
