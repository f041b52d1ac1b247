"""An optional prior without a shape: lets the fleet itself say whether it holds a few lemons among good devices."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.failures.posterior import Posterior

GRID: Floats = np.geomspace(0.1, 12, 60)
_STEPS = 500
_CLOSE = 1e-7
_CHUNK = 1 << 16
_CELL = 0.02  # expectations within 2 % share a cell, so a million devices are fitted as some thousands


@dataclass(frozen=True, kw_only=True, slots=True)
class FlexiblePrior:
    """How the fleet's true ratios are spread: one weight for each value of `ratios`, together 1."""

    ratios: Floats
    weights: Floats


def fit_prior(observed: Ints, expected: Floats) -> FlexiblePrior:
    """The spread of ratios under which the fleet's counts are likeliest, by expectation-maximisation on a grid.

    Non-parametric maximum likelihood of a mixing distribution: Laird, JASA 73 (1978) 805-811; Koenker & Mizera,
    JASA 109 (2014) 674-685. Use from about 1,000 devices on; below, the gamma prior keeps its promise better.
    """
    use = expected > 0
    cell = np.stack((observed[use], np.rint(np.log(expected[use]) / _CELL).astype(np.int64)))
    unique, share = np.unique(cell, axis=1, return_counts=True)
    likelihood = _likelihood(unique[0], np.exp(unique[1] * _CELL))
    weights = np.full(len(GRID), 1 / len(GRID))
    for _ in range(_STEPS):
        joint = likelihood * weights
        updated = (share / joint.sum(axis=1)) @ joint / share.sum()
        moved = float(np.abs(updated - weights).max())
        weights = updated
        if moved < _CLOSE:
            break
    return FlexiblePrior(ratios=GRID, weights=weights)


def judge_flexibly(observed: Ints, expected: Floats, prior: FlexiblePrior, *, threshold: float = 1.5) -> Posterior:
    """Posterior mean of theta and P(theta > threshold) by device under the flexible prior."""
    ratio, probability = np.empty(len(observed)), np.empty(len(observed))
    is_over = prior.ratios > threshold
    for start in range(0, len(observed), _CHUNK):
        part = slice(start, start + _CHUNK)
        joint = _likelihood(observed[part], expected[part]) * prior.weights
        total = joint.sum(axis=1)
        ratio[part] = joint @ prior.ratios / total
        probability[part] = joint[:, is_over].sum(axis=1) / total
    return Posterior(ratio=ratio, probability=probability)


def _likelihood(observed: Ints, expected: Floats) -> Floats:
    """Poisson likelihoods, (devices, grid), each row scaled by its own largest value."""
    means = np.maximum(expected, 1e-12)[:, None] * GRID
    log = observed[:, None] * np.log(means) - means - gammaln(observed + 1)[:, None]
    return np.asarray(np.exp(log - log.max(axis=1, keepdims=True)), dtype=np.float64)
