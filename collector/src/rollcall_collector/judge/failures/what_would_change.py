"""Works out what would change a verdict: how many more incidents would name a device, how many quiet days clear it."""

import numpy as np

from rollcall_collector.judge.arrays import Floats
from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.likeness.spread import Spread

_MOST = 100
_LONGEST = 64.0  # times what was expected so far
_ROUNDS, _HALVINGS = 10, 3
"""Of a bisection, several halvings a look: a posterior of seven costs little more than of one."""


def incidents_to_name(
    observed: int, expected: float, *, spread: Spread, probability: float, doubt: float = 0.0, threshold: float = 1.5
) -> int:
    """How many more incidents, soon, would bring P(theta > threshold) to `probability`; 0 where it is there."""
    counts = observed + np.arange(_MOST)
    judged = posterior.judge(
        counts, np.full(_MOST, expected), spread=spread, doubt=np.full(_MOST, doubt), threshold=threshold
    )
    reached = judged.probability >= probability
    return int(reached.argmax()) if reached.any() else _MOST


def days_to_clear(
    observed: int,
    expected: float,
    *,
    spread: Spread,
    expected_daily: float,
    doubt: float = 0.0,
    probability: float = 0.5,
    threshold: float = 1.5,
) -> float:
    """Days of use without an incident after which P(theta > threshold) falls below `probability`; 0 where it is.

    `expected_daily` is what its peers have in an active day; infinite where they have none.
    """

    def likely(more: Floats) -> Floats:
        found = posterior.judge(
            np.full(len(more), observed),
            expected + more,
            spread=spread,
            doubt=np.full(len(more), doubt),
            threshold=threshold,
        )
        return found.probability

    ends = np.array([0.0, _LONGEST * max(expected, 1.0)])
    at_once, at_last = likely(ends)
    if at_once <= probability:
        return 0.0
    if expected_daily <= 0 or at_last > probability:
        return float("inf")
    for _ in range(_ROUNDS):
        for _ in range(_HALVINGS):
            ends = np.insert(ends, np.arange(1, len(ends)), (ends[:-1] + ends[1:]) / 2)
        still = np.count_nonzero(likely(ends[1:-1]) > probability)
        ends = ends[still : still + 2]
    return float(ends[1]) / expected_daily
