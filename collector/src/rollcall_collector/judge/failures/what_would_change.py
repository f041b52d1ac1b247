"""Works out what would change a verdict: how many more incidents would name a device, how many quiet days clear it."""

import numpy as np
from scipy.special import gammaincc, gammainccinv

_MOST = 100


def incidents_to_name(
    observed: int, expected: float, *, shape: float, probability: float, threshold: float = 1.5
) -> int:
    """How many more incidents, soon, would bring P(theta > threshold) to `probability`; 0 where it is there."""
    more = np.arange(_MOST)
    reached = gammaincc(shape + observed + more, (shape + expected) * threshold) >= probability
    return int(reached.argmax()) if reached.any() else _MOST


def days_to_clear(
    observed: int,
    expected: float,
    *,
    shape: float,
    expected_daily: float,
    probability: float = 0.5,
    threshold: float = 1.5,
) -> float:
    """Days of use without an incident after which P(theta > threshold) falls below `probability`; 0 where it is.

    `expected_daily` is what its peers have in an active day; infinite where they have none.
    """
    enough = float(gammainccinv(shape + observed, probability)) / threshold - shape
    if enough <= expected:
        return 0.0
    return float("inf") if expected_daily <= 0 else (enough - expected) / expected_daily
