"""Weighs a device's days by the hours it is awake, as far as the fleet's own failures say that hours matter."""

from collections.abc import Callable

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.failures.posterior import fit_shape

_POWERS: Floats = np.linspace(0, 1, 6)
"""From days alone to hours alone: twice the hours, so many times the failures as two to this power."""
_LEAST, _MOST = 0.05, 20.0  # times the usual hours: a clock that is beyond these is wrong


def weigh_days(observed: Ints, expected_by: Callable[[Floats], Floats], hours: Floats) -> Floats:
    """How much a day of each device counts beside a usual day; 1 where its hours are not told.

    `hours` are awake hours of an active day, NaN where not told. The power is the mean over all that are possible, by
    their likelihood: where hours say nothing of failures, days count alike.
    """
    told = np.isfinite(hours) & (hours > 0)
    if not told.any():
        return np.ones(len(hours))
    usual = np.where(told, hours, 1.0) / (np.median(hours[told]) if told.any() else 1.0)
    usual = np.where(told, np.clip(usual, _LEAST, _MOST), 1.0)
    likely = np.array([_likelihood(observed, expected_by(usual**power)) for power in _POWERS])
    chance = np.exp(likely - likely.max())
    return np.asarray(usual ** float(chance @ _POWERS / chance.sum()), dtype=np.float64)


def _likelihood(observed: Ints, expected: Floats) -> float:
    """Of the counts, by the likeliest gamma spread of devices."""
    use = expected > 0
    counts, means = observed[use], expected[use]
    a = fit_shape(counts, means)
    log = (
        scipy.special.gammaln(a + counts)
        - scipy.special.gammaln(a)
        + counts * np.log(means / a)
        - (a + counts) * np.log1p(means / a)
    )
    return float(log.sum())
