"""A device whose peers start twice as fast, and always did: nothing has changed, so it is only watched."""

import numpy as np

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.judge.findings.slow_start import FREE_FIRST, worst_change
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.starts.baseline import StartupRule
from rollcall_collector.model.flag import Finding

NAME = "slow_since_day_one"
_HUNDRED = 100
"""Of fewer devices 1 % is less than one."""


def find_slow_since_day_one(kind: str, seconds: float, peers_seconds: float, boots: int, of_model: int) -> Finding:
    """A finding for a device whose model is twice as fast: watched, for nothing has changed.

    `of_model` devices of its model were compared.
    """
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=say_slow_since_day_one(kind, seconds, peers_seconds, of_model),
        evidence={
            "start_kind": kind,
            "seconds": seconds,
            "peers_seconds": peers_seconds,
            "boots": boots,
            "of_model": of_model,
        },
    )


def say_slow_since_day_one(kind: str, seconds: float, peers_seconds: float, of_model: int) -> str:
    """A device that has no change to show, only peers that are faster."""
    among = "among the slowest 1 %" if of_model >= _HUNDRED else f"the slowest of {of_model}"
    return (
        f"It has started slowly from the first day: {kind} starts take {seconds:.0f} s, its model's "
        f"{peers_seconds:.0f} s; it is {among}. {FREE_FIRST} Then compare its memory and its disk with "
        "those of a fast one."
    )


def _find(subject: Subject) -> Finding | None:
    fleet = subject.fleet
    if fleet is None or subject.settled_on(NAME) is not None or worst_change(fleet) is not None:
        return None
    place = fleet.place
    for starts in fleet.judged.starts:
        seconds, usual = float(starts.now_seconds[place]), float(starts.model_seconds[place])
        # What has got faster since is not slow any more; what cannot be compared now is not said.
        if starts.is_slow_from_day_one[place] and seconds > usual * StartupRule().day_one_ratio:
            model = fleet.judged.arrays.levels[1]
            compared = (model == model[place]) & np.isfinite(starts.track.baseline)
            return find_slow_since_day_one(
                starts.kind, seconds, usual, int(starts.now_starts[place]), int(np.count_nonzero(compared))
            )
    return None


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
