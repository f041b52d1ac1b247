"""Works out what would change a verdict: how many more incidents would name a device, how many quiet days clear it."""

import numpy as np

from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.likeness.spread import Spread

_MOST = 100
_LONGEST = 64.0  # times what was expected so far
_STEPS = 30


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

    def likely(more: float) -> float:
        found = posterior.judge(
            np.array([observed]),
            np.array([expected + more]),
            spread=spread,
            doubt=np.array([doubt]),
            threshold=threshold,
        )
        return float(found.probability[0])

    if likely(0.0) <= probability:
        return 0.0
    low, high = 0.0, _LONGEST * max(expected, 1.0)
    if expected_daily <= 0 or likely(high) > probability:
        return float("inf")
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if likely(middle) > probability else (low, middle)
    return high / expected_daily
