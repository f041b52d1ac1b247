"""What a finding is made of: its name and title, the facts it needs, what it asks for, and the rule that finds it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.failures.evidence import FailureEvidence
from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.model.fact import DeviceFacts, Failure
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.part import Part
from rollcall_collector.model.reading import Reading
from rollcall_collector.model.verdict import Verdict
from rollcall_wire.codes import Channel

FAILURE_DAYS = 365
"""A failure report older than this no longer speaks for the device of today."""
READING_DAYS = 180
"""Nor does a reading older than this."""
SPAN_DAYS = 30
"""Readings within so many days of each other are compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetPlace:
    """Where a device stands in the fleet's judging: its place in the columns, and what its failures say of it."""

    judged: WholeJudgement
    place: int
    failures: FailureEvidence | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One device as a rule is given it: its facts, papers and silence, what it cost, its place in the fleet's judging.

    `facts` holds the failures of the last FAILURE_DAYS and the days of the last READING_DAYS and a margin, oldest
    first. `platform` is None where nobody said it. Prices are None where nobody entered one; `fleet` is None where the
    fleet was not judged with it.
    """

    facts: DeviceFacts
    papers: Papers
    school_days_silent: int = 0
    platform: str | None = None
    price: float | None = None
    swap_price: float | None = None
    fleet: FleetPlace | None = None

    @property
    def today(self) -> date:
        """The day on the wall calendar of its site."""
        return self.papers.today

    def settled_on(self, finding: str) -> date | None:
        """The day on which people were done with this finding, or dismissed it."""
        return (self.facts.settled or {}).get(finding)

    def unspent(self, finding: str) -> DeviceFacts:
        """The facts after that day: what came before is settled."""
        spent_on = self.settled_on(finding)
        if spent_on is None:
            return self.facts
        return replace(
            self.facts,
            failures=tuple(failure for failure in self.facts.failures if failure.occurred_on > spent_on),
            days=tuple(day for day in self.facts.days if day.on > spent_on),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """The facts a rule looks at. It is given no others, and only devices that have some of them are looked at.

    `channels` are kinds of failure, `readings` fields of the days. `is_calendar`: a device's papers or its silence are
    enough to look at it. `among`: which devices the fleet's judging may say something of, one entry a device.
    """

    channels: tuple[Channel, ...] = ()
    readings: tuple[Reading, ...] = ()
    is_calendar: bool = False
    among: Callable[[WholeJudgement], Bools] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One finding: everything that the store, the pages, the plan and the README want to know of it.

    `name` is what the store keeps, `title` what pages call it. `part` is what a repair mends (None: the device as a
    whole). `verdict` is what it asks for where no paper sends the device elsewhere. `says_better` names findings, or
    kinds of failure behind "unreliable", that need not be said beside this one.
    """

    name: str
    title: str
    part: Part | None
    needs: Needs
    verdict: Verdict
    find: Callable[[Subject], Finding | None]
    says_better: tuple[str, ...] = field(default=())

    @property
    def is_immediate(self) -> bool:
        """Whether a device's own facts are enough, so that it is found within a minute and not only at night."""
        return self.needs.among is None and not self.needs.is_calendar


def last_failure(facts: DeviceFacts, channel: Channel, codes: Iterable[str], today: date) -> Failure | None:
    """The newest failure of these codes within FAILURE_DAYS."""
    since = today - timedelta(days=FAILURE_DAYS)
    wanted = [
        failure
        for failure in facts.failures
        if failure.channel == channel and failure.code in codes and failure.occurred_on > since
    ]
    return max(wanted, key=lambda failure: failure.occurred_on, default=None)
