"""A device whose peers start twice as fast, and always did: nothing has changed, so it is only watched."""

import numpy as np

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.judge.findings.slow_start import worst_change
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.model.flag import Finding

NAME = "slow_since_day_one"


def find_slow_since_day_one(seconds: float, peers_seconds: float) -> Finding:
    """A finding for a device whose model is twice as fast: watched, for nothing has changed."""
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=say_slow_since_day_one(seconds, peers_seconds),
        evidence={"seconds": seconds, "peers_seconds": peers_seconds},
    )


def say_slow_since_day_one(seconds: float, peers_seconds: float) -> str:
    """A device that has no change to show, only peers that are faster."""
    return (
        f"It has started slowly from the first day: {seconds:.0f} s where its model takes {peers_seconds:.0f} s, "
        "and it is among the slowest 1 %. Compare its memory, its disk and its image with a fast one's."
    )


def _find(subject: Subject) -> Finding | None:
    fleet = subject.fleet
    if fleet is None or subject.settled_on(NAME) is not None or worst_change(fleet) is not None:
        return None
    judged = fleet.judged
    if not any(bool(starts.is_slow_from_day_one[fleet.place]) for starts in judged.starts):
        return None
    seconds, usual = float(judged.now_seconds[fleet.place]), float(judged.model_seconds[fleet.place])
    return find_slow_since_day_one(seconds, usual) if np.isfinite(seconds) and np.isfinite(usual) else None


def _among(judged: WholeJudgement) -> Bools:
    found = np.zeros(len(judged.arrays.in_service), dtype=np.bool_)
    for starts in judged.starts:
        found |= starts.is_slow_from_day_one
    return found


RULE = Rule(
    name=NAME,
    title="slow from the first day",
    part=None,
    needs=Needs(among=_among),
    verdict="watch",
    find=_find,
)
