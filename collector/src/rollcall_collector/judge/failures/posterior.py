"""Says how many times worse than its peers a device is, and how sure we are, from its count and its expectation."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaincc, gammaincinv, gammaln

from rollcall_collector.judge.arrays import Bools, Floats, Ints

_BOUNDS = (-6.0, 5.0)  # of log shape
_FEW = 30
_SOME = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Posterior:
    """One entry a device: how many times its peers' rate, and the probability that it exceeds the threshold."""

    ratio: Floats
    probability: Floats


def fit_shape(observed: Ints, expected: Floats) -> float:
    """How alike devices of a cohort are: the shape a of theta ~ Gamma(a, a); large means all alike.

    Maximum likelihood of the negative binomial, log a within -6..5; a normal prior on log a (mean log 1.5, spread 1)
    below 200 incidents; 2 below 30, where the fleet cannot tell. In road safety 1/a is the overdispersion parameter:
    AASHTO Highway Safety Manual (2010), part C, appendix A; Hauer et al., Transportation Research Record 1784 (2002).
    """
    use = expected > 0
    counts, means = observed[use], expected[use]
    total = int(counts.sum())
    if total < _FEW:
        return 2.0
    how_often = np.bincount(counts)
    values = np.flatnonzero(how_often)
    weights = how_often[values]

    def loss(log_a: float) -> float:
        a = float(np.exp(log_a))
        likelihood = float(weights @ (gammaln(a + values) - gammaln(a)))
        likelihood -= float(((a + counts) * np.log1p(means / a)).sum()) + total * log_a
        prior = 0.5 * (log_a - np.log(1.5)) ** 2 if total < _SOME else 0.0
        return float(prior - likelihood)

    return float(np.exp(minimize_scalar(loss, bounds=_BOUNDS, method="bounded", options={"xatol": 1e-4}).x))


def judge(observed: Ints, expected: Floats, *, shape: float, threshold: float = 1.5) -> Posterior:
    """Posterior mean of theta and P(theta > threshold) by device: theta | O ~ Gamma(shape + O, shape + E).

    Empirical Bayes for Poisson counts: Robbins (1956); Clayton & Kaldor, Biometrics 43 (1987) 671-681.
    """
    ratio = (shape + observed) / (shape + expected)
    probability = gammaincc(shape + observed, (shape + expected) * threshold)
    return Posterior(ratio=ratio, probability=probability)


def interval(observed: Ints, expected: Floats, *, shape: float, level: float = 0.90) -> tuple[Floats, Floats]:
    """Lower and upper end of the equal-tailed interval of theta."""
    tail = (1 - level) / 2
    lower = gammaincinv(shape + observed, tail) / (shape + expected)
    upper = gammaincinv(shape + observed, 1 - tail) / (shape + expected)
    return lower, upper


def least_incidents(expected: Floats, *, shape: float, probability: float, threshold: float = 1.5) -> Ints:
    """The fewest incidents with which P(theta > threshold) reaches the probability, for each expectation."""
    counts = np.arange(200)
    reached: Bools = (
        gammaincc(shape + counts[None, :], (shape + np.asarray(expected)[:, None]) * threshold) >= probability
    )
    return np.asarray(reached.argmax(axis=1), dtype=np.int64)
