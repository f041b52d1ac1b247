"""Says how many times worse than its peers a device is, and how sure we are, from its count and its expectation."""

from dataclasses import dataclass

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.failures.crossing import halve
from rollcall_collector.judge.likeness.spread import NODE_WEIGHTS, NODES, Spread, log_likelihoods
from rollcall_collector.judge.minimum import least

_BOUNDS = (-6.0, 5.0)  # of log shape
_FEW = 30
_SOME = 200
_SURE_OF_PEERS = 0.05  # of the logarithm: less doubt than this is none
_CHUNK = 1 << 12
_HALVINGS = 40
_CELL = 0.01
_ROUNDED = 1e-5  # kept figures have six places


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
        likelihood = float(weights @ (scipy.special.gammaln(a + values) - scipy.special.gammaln(a)))
        likelihood -= float(((a + counts) * np.log1p(means / a)).sum()) + total * log_a
        prior = 0.5 * (log_a - np.log(1.5)) ** 2 if total < _SOME else 0.0
        return float(prior - likelihood)

    return float(np.exp(least(loss, *_BOUNDS, within=1e-4)))


def judge(
    observed: Ints, expected: Floats, *, spread: Spread, doubt: Floats | None = None, threshold: float = 1.5
) -> Posterior:
    """Posterior mean of theta and P(theta > threshold) by device; under one gamma theta | O ~ Gamma(a + O, a + E).

    Empirical Bayes for Poisson counts: Robbins (1956); Clayton & Kaldor, Biometrics 43 (1987) 671-681. `doubt` is the
    standard deviation of the logarithm of what is expected, one a device: peers' rate is not known better than that.
    """
    ratio, probability = np.empty(len(observed)), np.empty(len(observed))
    doubt = np.zeros(len(observed)) if doubt is None else doubt
    for some, held in spread.shared_out(len(observed)):
        for is_sure in (True, False):
            here = np.flatnonzero((doubt[some] < _SURE_OF_PEERS) == is_sure)
            for start in range(0, len(here), _CHUNK):
                chunk = here[start : start + _CHUNK]
                part = some[chunk]
                found = _Parts.of(observed[part], expected[part], held.of(chunk), None if is_sure else doubt[part])
                ratio[part], probability[part] = found.mean(), found.above(np.full(len(part), threshold))
    return Posterior(ratio=ratio, probability=probability)


def trust_in(
    probability: Floats, observed: Ints, expected: Floats, *, spread: Spread, doubt: Floats, threshold: float
) -> Floats:
    """What doubts that counts do not tell left of these probabilities, one a device; 1 where there were none."""
    counted = judge(observed, expected, spread=spread, doubt=doubt, threshold=threshold).probability
    is_doubted = counted - probability > _ROUNDED
    return np.where(is_doubted, probability / np.maximum(counted, _ROUNDED), 1.0)


def interval(
    observed: Ints, expected: Floats, *, spread: Spread, doubt: Floats | None = None, level: float = 0.90
) -> tuple[Floats, Floats]:
    """Lower and upper end of the equal-tailed interval of theta."""
    doubt = np.zeros(len(observed)) if doubt is None else doubt
    low, high = np.empty((2, len(observed)))
    for those, held in spread.shared_out(len(observed)):
        low[those], high[those] = _interval(observed[those], expected[those], held, doubt[those], level)
    return low, high


def _interval(observed: Ints, expected: Floats, spread: Spread, doubt: Floats, level: float) -> tuple[Floats, Floats]:
    """Of devices that have the common spread, or each its own."""
    tail = (1 - level) / 2
    if len(spread.weights) == 1 and not (doubt >= _SURE_OF_PEERS).any():
        shape = spread.shapes[..., 0]
        rate = shape / spread.means[..., 0]
        lower = scipy.special.gammaincinv(shape + observed, tail) / (rate + expected)
        return lower, scipy.special.gammaincinv(shape + observed, 1 - tail) / (rate + expected)
    if spread.means.ndim > 1:
        found = _Parts.of(observed, expected, spread, doubt)
        return found.quantile(tail), found.quantile(1 - tail)
    cells, where = np.unique(np.stack((observed, *_in_cells(expected, doubt))), axis=1, return_inverse=True)
    found = _Parts.of(cells[0], np.exp(cells[1] * _CELL), spread, cells[2] * _CELL)
    ends = found.quantile(tail), found.quantile(1 - tail)
    return ends[0][where.ravel()], ends[1][where.ravel()]


def intervals_alone(observed: Ints, expected: Floats, *, spread: Spread, doubt: Floats) -> tuple[Floats, Floats]:
    """The interval of each device as it is when nobody is asked beside it: looked up where its peers are in doubt."""
    low, high = np.empty((2, len(observed)))
    is_sure = doubt < _SURE_OF_PEERS
    log, unsure = _in_cells(expected, doubt)
    here = np.where(is_sure, expected, np.exp(log * _CELL))
    own = np.where(is_sure, doubt, unsure * _CELL)
    for those in (np.flatnonzero(is_sure), np.flatnonzero(~is_sure)):
        if len(those):
            ends = interval(observed[those], here[those], spread=spread.of(those), doubt=own[those])
            low[those], high[those] = ends
    return low, high


def _in_cells(expected: Floats, doubt: Floats) -> tuple[Ints, Ints]:
    """Expectations by their logarithm, and doubts, in hundredths: what is as alike has one interval."""
    log = np.rint(np.log(np.maximum(expected, 1e-9)) / _CELL).astype(np.int64)
    return log, np.rint(doubt / _CELL).astype(np.int64)


def least_incidents(expected: Floats, *, shape: float, probability: float, threshold: float = 1.5) -> Ints:
    """The fewest incidents with which P(theta > threshold) reaches the probability, for each expectation."""
    counts = np.arange(200)
    means = np.repeat(np.asarray(expected), len(counts))
    judged = judge(np.tile(counts, len(expected)), means, spread=Spread.gamma(shape), threshold=threshold)
    reached = judged.probability.reshape(len(expected), -1) >= probability
    return np.asarray(reached.argmax(axis=1), dtype=np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """Each device's posterior as a mixture of gammas: weights, shapes and rates, all (devices, parts)."""

    weights: Floats
    shapes: Floats
    rates: Floats

    @classmethod
    def of(cls, observed: Ints, expected: Floats, spread: Spread, doubt: Floats | None) -> "_Parts":
        at, share = (np.zeros(1), np.ones(1)) if doubt is None else (NODES, NODE_WEIGHTS)
        off = at[:, None] * (0.0 if doubt is None else doubt)  # (nodes, devices)
        here = expected * np.exp(off)
        log = np.log(spread.weights) + log_likelihoods(observed, here, spread.means, spread.shapes)
        log += (observed * off)[..., None]
        likely = share[:, None, None] * np.exp(log - log.max(axis=(0, -1), keepdims=True))
        weights = likely / likely.sum(axis=(0, -1), keepdims=True)
        shapes = np.broadcast_to(spread.shapes + observed[:, None], weights.shape)
        rates = spread.shapes / spread.means + here[:, :, None]
        return cls(weights=_beside(weights), shapes=_beside(shapes).astype(np.float64), rates=_beside(rates))

    def mean(self) -> Floats:
        return np.asarray((self.weights * self.shapes / self.rates).sum(axis=1), dtype=np.float64)

    def above(self, theta: Floats, those: Ints | slice = slice(None)) -> Floats:
        tails = scipy.special.gammaincc(self.shapes[those], self.rates[those] * theta[:, None])
        return np.asarray((self.weights[those] * tails).sum(axis=1), dtype=np.float64)

    def quantile(self, share: float) -> Floats:
        """By halving on the logarithm."""
        least, most, level = (np.full(len(self.weights), one) for one in (np.log(1e-9), np.log(1e3), 1 - share))
        low, high = halve(lambda those, log: self.above(np.exp(log), those), level, least, most, halvings=_HALVINGS)
        return np.asarray(np.exp((low + high) / 2), dtype=np.float64)


def _beside(parts: Floats) -> Floats:
    """(nodes, devices, parts) as (devices, all parts)."""
    return np.moveaxis(parts, 0, 1).reshape(parts.shape[1], -1)
