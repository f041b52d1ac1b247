"""A disk whose errors grow: a few ever are a reason to watch, more within a month a reason to replace it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rollcall_collector.judge.findings.papers import claim_or_repair, say_claim
from rollcall_collector.judge.findings.rule import READING_DAYS, SPAN_DAYS, Needs, Rule, Subject, last_failure
from rollcall_collector.judge.findings.wording import say_date
from rollcall_collector.model.fact import DeviceDay, DeviceFacts
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.reading import Reading

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
        verdict=claim_or_repair(subject.papers),
        sentence=(
            f"Replace the disk: {_COUNTERS[found.counter]} grew by {grown} {when}, "
            f"from {found.first} to {found.last}. ({SOURCE}.){say_claim(subject.papers)}"
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
    """The newest span of 30 days in which a day's reading rose above all earlier ones, on two days or more."""
    for counter in _COUNTERS:
        read = [(day.on, value) for day in days if (value := getattr(day, counter)) is not None]
        read = [one for one in read if today - one[0] <= timedelta(days=READING_DAYS)]
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
    """Growth that the device itself counted, disk by disk, since it last looked."""
    for counter in _COUNTERS:
        last = last_failure(facts, "storage", (counter,), today)
        if last is None or (delta := last.evidence.get("delta")) is None or delta <= 0:
            continue
        value = last.evidence.get("value", delta)
        return _Growth(
            counter=counter,
            first=max(0, round(value - delta)),
            last=round(value),
            first_on=last.occurred_on,
            last_on=last.occurred_on,
        )
    return None


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
