"""Watches a disk that has counted errors at some time, by published rules, while they do not grow."""

from collections.abc import Sequence
from datetime import date, timedelta

from rollcall_collector.judge.findings.drive_rules import WORN_PERCENT, DriveCounters, DriveFinding, judge_drive
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.fact import DeviceDay
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.reading import Reading
from rollcall_collector.model.wording import say_date

NAME = "disk_errors"
READ_DAYS = 60
"""A disk whose counters were not read for longer is not judged by them."""
BEFORE_DAYS = 30
_WORDS = {
    "reallocated_sectors": "it has replaced {} of its sectors",
    "pending_sectors": "{} of its sectors cannot be read",
    "media_errors": "it could not mend {} reads",
    "wear_percent": "it has used {} % of its rated life",
}


def _find(subject: Subject) -> Finding | None:
    """A finding for a disk whose newest counters make a published rule speak; what grows is another finding's.

    Once people were done with it, or dismissed it, the same counters do not speak again.
    """
    facts, today = subject.facts, subject.today
    now = _read(facts.days, today, since=today - timedelta(days=READ_DAYS))
    if now is None:
        return None
    settled_on = subject.settled_on(NAME)
    if settled_on is not None:
        then = _read(facts.days, settled_on, since=date.min)
        if then is not None and then[1] == now[1]:
            return None
    before = _read(facts.days, now[0] - timedelta(days=BEFORE_DAYS), since=date.min)
    found = judge_drive(now[1], None if before is None else before[1])
    if not found:
        return None
    worst = found[0]
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=f"Watch its disk: {_say(worst, now[0])}. Save what matters; it is to be replaced once this grows. "
        f"(Rule: {worst.source}.)",
        evidence={
            "counter": worst.counter,
            "value": worst.value,
            "before": worst.before,
            "read_on": now[0].isoformat(),
            "source": worst.source,
        },
    )


def _say(one: DriveFinding, read_on: date) -> str:
    words = _WORDS.get(one.counter, one.counter.replace("_", " ") + " is at {}").format(f"{one.value:.0f}")
    before = "" if one.before is None else f", {one.before:.0f} a month before"
    return f"{words} (read on {say_date(read_on)}{before})"


def _read(days: Sequence[DeviceDay], until: date, *, since: date) -> tuple[date, DriveCounters] | None:
    """The newest day of the span on which a counter was read, and all its counters."""
    for day in reversed(days):
        counters = DriveCounters(
            reallocated_sectors=day.reallocated_sectors,
            pending_sectors=day.pending_sectors,
            media_errors=day.media_errors,
            wear_percent=day.storage_wear_percent,
        )
        if since <= day.on <= until and counters != DriveCounters():
            return day.on, counters
    return None


RULE = Rule(
    name=NAME,
    title="disk errors",
    part=None,
    needs=Needs(
        readings=(
            Reading(field="media_errors", at_least=1),
            Reading(field="reallocated_sectors", at_least=1),
            Reading(field="pending_sectors", at_least=1),
            Reading(field="storage_wear_percent", at_least=WORN_PERCENT),
        )
    ),
    verdict="watch",
    find=_find,
)
