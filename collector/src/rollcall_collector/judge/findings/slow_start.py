"""A device that has become slow to start, beyond what updates did to its model."""

from dataclasses import asdict, dataclass

import numpy as np

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.findings.papers import Papers, advise, route
from rollcall_collector.judge.findings.rule import FleetPlace, Needs, Rule, Subject
from rollcall_collector.judge.findings.wording import figures, join, say_day
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.starts.baseline import StartupTrack
from rollcall_collector.judge.starts.slowness import Slowness, changed_on
from rollcall_collector.model.flag import Finding

NAME = "slow_start"


@dataclass(frozen=True, kw_only=True, slots=True)
class StartupEvidence:
    """How one device's starts changed: seconds before and now, what its peers' changed by, from how many boots."""

    since_day: int
    usual_seconds: float
    now_seconds: float
    peers_seconds: float
    boots: int
    sureness: float


def startup_evidence(track: StartupTrack, slowness: Slowness, device: int) -> StartupEvidence | None:
    """The evidence of a device that has become slow; None where it has not."""
    since = changed_on(track, device) if slowness.is_slow[device] else None
    if since is None:
        return None
    low, high = np.searchsorted(track.device, [device, device + 1])
    shift = track.shift[low:high][np.isfinite(track.shift[low:high])]
    before = float(np.exp(track.baseline[device] + shift[0]))
    peers = before * float(np.exp(shift[-1] - shift[0]) - 1)
    return StartupEvidence(
        since_day=since,
        usual_seconds=before,
        now_seconds=(before + peers) * float(slowness.ratio[device]),
        peers_seconds=peers,
        boots=int(slowness.boots[device]),
        sureness=float(slowness.sureness[device]),
    )


def worst_change(fleet: FleetPlace) -> StartupEvidence | None:
    """That of the kind of start which is worst: a PC may be slow in full starts and quick in fast ones."""
    slow = (startup_evidence(starts.track, starts.slowness, fleet.place) for starts in fleet.judged.starts)
    return max((found for found in slow if found is not None), key=lambda found: found.sureness, default=None)


def find_slow_start(found: StartupEvidence | None, papers: Papers) -> Finding | None:
    """A finding for a device that has become slow: to be repaired (its disk, its image), in warranty by the vendor."""
    if found is None:
        return None
    verdict = route("repair", papers)
    return Finding(
        finding=NAME,
        verdict=verdict,
        sentence=join(advise(verdict, "the cause", papers), say_startup(found)),
        evidence=figures(asdict(found)),
    )


def say_startup(found: StartupEvidence) -> str:
    """Since when, how long before and now, and what the peers did meanwhile."""
    return (
        f"Since {say_day(found.since_day)} starts take {found.now_seconds:.0f} s, before {found.usual_seconds:.0f} s; "
        f"the same model on the same version changed by {found.peers_seconds:+.0f} s. "
        f"{found.boots} starts in four weeks, {found.sureness:.1f} times their usual scatter. "
        "It is withdrawn when the median of four weeks comes back within 35 % of its usual time."
    )


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
