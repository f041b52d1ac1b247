"""A disk whose errors grow: a few ever are a reason to watch, more within a month a reason to replace it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rollcall_collector.judge.findings.papers import route, say_mending
from rollcall_collector.judge.findings.rule import (
    FAILURE_DAYS,
    READING_DAYS,
    SPAN_DAYS,
    Needs,
    Rule,
    Subject,
)
from rollcall_collector.model.fact import DeviceDay, DeviceFacts, Failure
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.reading import Reading
from rollcall_collector.model.wording import say_date

NAME = "growing_disk_errors"
RISES = 2
"""One jump of a counter may be a second disk read for the first time; two on different days are growth."""
SOURCE = "Backblaze's published rule: growth within 30 days of attributes 187, 197, 198, or of NVMe media errors"
_COUNTERS = {"media_errors": "reads it could not mend", "pending_sectors": "sectors it could not read"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Growth:
    """A counter that grew between two days."""

    counter: str
    first: int
    last: int
    first_on: date
    last_on: date


def _find(subject: Subject) -> Finding | None:
    facts, today = subject.unspent(NAME), subject.today
    found = _counted_growth(facts.days, today) or _reported_growth(facts, today)
    if found is None:
        return None
    grown = found.last - found.first
    when = f"on {say_date(found.last_on)}"
    if found.first_on != found.last_on:
        when = f"between {say_date(found.first_on)} and {say_date(found.last_on)}"
    return Finding(
        finding=NAME,
        verdict=route("repair", subject.papers),
        sentence=say_mending(
            "disk",
            f"{_COUNTERS[found.counter]} grew by {grown} {when}, from {found.first} to {found.last}. ({SOURCE}.)",
            subject.papers,
        ),
        evidence={
            "counter": found.counter,
            "first": found.first,
            "first_on": found.first_on.isoformat(),
            "last": found.last,
            "last_on": found.last_on.isoformat(),
            "source": SOURCE,
        },
    )


def _counted_growth(days: Sequence[DeviceDay], today: date) -> _Growth | None:
    """The newest span of 30 days in which a day's reading rose above those before it, on two days or more.

    Only what came since the counter was last at its lowest: a sector that is written again leaves the count, and one
    that comes and goes for years does not grow.
    """
    for counter in _COUNTERS:
        read = [one for one in _readings(days, counter) if today - one[0] <= timedelta(days=READING_DAYS)]
        lowest = min((value for _, value in read), default=0)
        read = read[max((place for place, (_, value) in enumerate(read) if value == lowest), default=0) :]
        rises = [
            (on, value)
            for place, (on, value) in enumerate(read)
            if place and value > max(earlier for _, earlier in read[:place])
        ]
        rises = [one for one in rises if rises[-1][0] - one[0] <= timedelta(days=SPAN_DAYS)]
        if len(rises) >= RISES:
            before = [one for one in read if one[0] < rises[0][0]][-1]
            return _Growth(
                counter=counter, first=before[1], last=rises[-1][1], first_on=before[0], last_on=rises[-1][0]
            )
    return None


def _reported_growth(facts: DeviceFacts, today: date) -> _Growth | None:
    """Growth that the device itself counted, disk by disk, since it last looked, and that has not gone again."""
    since = today - timedelta(days=FAILURE_DAYS)
    for counter in _COUNTERS:
        read = _readings(facts.days, counter)
        told = [one for one in facts.failures if one.code == counter and one.channel == "storage"]
        grown = [one for one in told if one.occurred_on > since and _delta(one) > 0 and _has_lasted(one, read)]
        if not grown:
            continue
        last = max(grown, key=lambda failure: failure.occurred_on)
        value = last.evidence.get("value", _delta(last))
        return _Growth(
            counter=counter,
            first=max(0, round(value - _delta(last))),
            last=round(value),
            first_on=last.occurred_on,
            last_on=last.occurred_on,
        )
    return None


def _readings(days: Sequence[DeviceDay], counter: str) -> list[tuple[date, int]]:
    return [(day.on, value) for day in days if (value := getattr(day, counter)) is not None]


def _delta(failure: Failure) -> float:
    return failure.evidence.get("delta", 0.0)


def _has_lasted(failure: Failure, read: Sequence[tuple[date, int]]) -> bool:
    """Whether no reading since went back to what it was before."""
    before = [value for on, value in read if on < failure.occurred_on]
    since = [value for on, value in read if on >= failure.occurred_on]
    return not before or not since or min(since) > before[-1]


RULE = Rule(
    name=NAME,
    title="growing disk errors",
    part="disk",
    needs=Needs(
        channels=("storage",),
        readings=tuple(Reading(field=counter, has_grown=True) for counter in _COUNTERS),
    ),
    verdict="repair",
    find=_find,
    says_better=("storage", "disk_errors"),
)
