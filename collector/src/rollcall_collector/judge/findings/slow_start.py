"""A device that has become slow to start, beyond what updates did to its model."""

from dataclasses import asdict, dataclass

import numpy as np

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.findings.papers import Papers, route
from rollcall_collector.judge.findings.rule import FleetPlace, Needs, Rule, Subject
from rollcall_collector.judge.findings.wording import figures, say_day
from rollcall_collector.judge.fleet import Starts, WholeJudgement
from rollcall_collector.judge.starts.slowness import changed_on
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.model.wording import say_date

NAME = "slow_start"
FREE_FIRST = "First, at no cost: restart it, install its updates, reset it (on a Chromebook: powerwash)."


@dataclass(frozen=True, kw_only=True, slots=True)
class StartupEvidence:
    """How one device's starts of one kind changed: seconds before and now, what its `peers`' changed by.

    Empty `peers`: nobody beside it ran its versions, and nothing is known of what they change. Now is the plain median
    of the `boots` starts of this kind in the last four weeks.
    """

    since_day: int
    start_kind: str
    usual_seconds: float
    now_seconds: float
    peers_seconds: float
    boots: int
    sureness: float
    peers: str = "its model"


_PEERS = ("its model", "its model", "its platform")
"""By level of peers, the closest first."""


def startup_evidence(starts: Starts, device: int) -> StartupEvidence | None:
    """The evidence of a device that has become slow in this kind of start; None where it has not."""
    track, slowness = starts.track, starts.slowness
    since = changed_on(track, device) if slowness.is_slow[device] else None
    if since is None:
        return None
    shift, level = track.shifts_of(device)
    before = float(np.exp(track.baseline[device] + shift[0]))
    return StartupEvidence(
        since_day=since,
        start_kind=starts.kind,
        usual_seconds=before,
        now_seconds=float(starts.now_seconds[device]),
        peers_seconds=before * float(np.exp(shift[-1] - shift[0]) - 1),
        boots=int(starts.now_starts[device]),
        sureness=float(slowness.sureness[device]),
        peers=_PEERS[max(level[0], level[-1])] if min(level[0], level[-1]) >= 0 else "",
    )


def worst_change(fleet: FleetPlace) -> StartupEvidence | None:
    """That of the kind of start which is worst: a PC may be slow in full starts and quick in fast ones."""
    slow = (startup_evidence(starts, fleet.place) for starts in fleet.judged.starts)
    return max((found for found in slow if found is not None), key=lambda found: found.sureness, default=None)


def find_slow_start(found: StartupEvidence | None, papers: Papers) -> Finding | None:
    """A finding for a device that has become slow: what is free first, then a repair, in warranty by the vendor."""
    if found is None:
        return None
    verdict = route("repair", papers)
    return Finding(
        finding=NAME,
        verdict=verdict,
        sentence=say_startup(found, then=_say_then(verdict, papers)),
        evidence=figures(asdict(found)),
    )


def say_startup(found: StartupEvidence, *, then: str) -> str:
    """How long before and now, what to try first for nothing, what `then`, and what the peers did meanwhile."""
    peers = round(found.peers_seconds)
    meanwhile = f"{abs(peers)} s {'longer' if peers > 0 else 'less'} than then" if peers else "as long as then"
    beside = f"{found.peers.capitalize()} on the same version takes {meanwhile}. " if found.peers else ""
    return (
        f"{found.start_kind.capitalize()} starts take {found.now_seconds:.0f} s since {say_day(found.since_day)}, "
        f"before {found.usual_seconds:.0f} s. {FREE_FIRST} If it stays slow, {then}. "
        f"{beside}Counted: {found.boots} {found.start_kind} starts in four "
        "weeks. The flag goes by itself once they take about as long as before."
    )


def _say_then(verdict: Verdict, papers: Papers) -> str:
    if verdict == "claim" and papers.warranty_until is not None:
        return f"claim it from the vendor: the warranty runs until {say_date(papers.warranty_until)}"
    if verdict == "refresh":
        return "let it go with the next refresh: its support has ended"
    return "repair it: look at its disk and its memory"


def _find(subject: Subject) -> Finding | None:
    return None if subject.fleet is None else find_slow_start(worst_change(subject.fleet), subject.papers)


def _among(judged: WholeJudgement) -> Bools:
    found = np.zeros(len(judged.arrays.in_service), dtype=np.bool_)
    for starts in judged.starts:
        found |= starts.slowness.is_slow
    return found


RULE = Rule(
    name=NAME,
    title="slow starts",
    part="slow start",
    needs=Needs(among=_among),
    verdict="repair",
    find=_find,
)
