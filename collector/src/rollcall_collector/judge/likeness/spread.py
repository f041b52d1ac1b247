"""How unlike devices are: what ratios to their peers the fleet holds, before one device's own count is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Bools, Floats, Ints

Told: TypeAlias = float | Mapping[str, Any] | None
"""A spread as it is kept: a gamma's shape, a mixture's numbers, None where an older judging kept no answer."""

MEANS: Floats = np.geomspace(0.1, 12, 40)
KERNEL = 30.0
"""Shape of a mixture's parts: each is as wide as 18 % of its mean, so that no ratio is held for impossible."""
_STEPS = 500
_CLOSE = 1e-6
_CELL = 0.02  # expectations within 2 % share a cell, so a million devices are fitted as some thousands
_DOUBT_CELL = 0.1  # as does doubt of peers' rate within a tenth
_LEAST = 1e-5
_FREE = 0.25
"""The share of a mixture that takes any form; the rest is a gamma or a lognormal, by their likelihood."""
NODES: Floats = np.array([-1.7320508075688772, 0.0, 1.7320508075688772])
NODE_WEIGHTS: Floats = np.array([1.0, 4.0, 1.0]) / 6
"""Gauss and Hermite's points for a normal distribution: exact up to the fifth power."""
_SMOOTH: Floats = MEANS[::2]
"""Enough parts for a smooth curve: they lie 1.4 of their own widths apart."""
_SCATTERS: Floats = np.arange(0.1, 1.65, 0.05)
"""Standard deviations of the logarithm that are tried for the lognormal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """A mixture of gamma distributions of the ratio: one entry a part in each array, weights together 1.

    Where all devices have gammas of their own, `means` and `shapes` are (devices, 1); where some have, `own` is such
    a spread of all of them, NaN for who has the common one.
    """

    weights: Floats
    means: Floats
    shapes: Floats
    own: "Spread | None" = None

    @classmethod
    def gamma(cls, shape: float) -> "Spread":
        """The usual one: a single gamma of mean 1; a large shape means all alike."""
        return cls(weights=np.ones(1), means=np.ones(1), shapes=np.full(1, float(shape)))

    def of(self, those: Ints | slice) -> "Spread":
        """The spread of these devices."""
        if self.own is not None:
            return replace(self, own=self.own.of(those))
        if self.means.ndim == 1:
            return self
        return Spread(weights=self.weights, means=self.means[those], shapes=self.shapes[those])

    def but_for(self, own: "Spread", those: Bools) -> "Spread":
        """This one, but for those devices, who have gammas of their own."""
        means, shapes = (np.where(those[:, None], told, np.nan) for told in (own.means, own.shapes))
        return replace(self, own=replace(own, means=means, shapes=shapes))

    def shared_out(self, devices: int) -> "list[tuple[Ints, Spread]]":
        """Which of so many devices have the common spread and which one of their own, each with it."""
        if self.own is None:
            return [(np.arange(devices), self)]
        has_own = np.isfinite(self.own.means[:, 0])
        alike, apart = np.flatnonzero(~has_own), np.flatnonzero(has_own)
        parts = (alike, replace(self, own=None)), (apart, self.own.of(apart))
        return [(those, spread) for those, spread in parts if len(those)]

    @classmethod
    def read(cls, told: Told) -> "Spread | None":
        """From what was kept."""
        if told is None:
            return None
        if isinstance(told, Mapping):
            weights, means, shapes = (
                np.array(told[name], dtype=np.float64) for name in ("weights", "means", "shapes")
            )
            return cls(weights=weights, means=means, shapes=shapes)
        return cls.gamma(told)

    def tell(self) -> Told:
        """To be kept: the common one; who has its own is kept with it."""
        if len(self.weights) == 1:
            return round(float(self.shapes[0]), 6)
        figures = {"means": self.means, "shapes": self.shapes, "weights": self.weights}
        return {name: np.round(one, 6).tolist() for name, one in figures.items()}


def fit_mixture(observed: Ints, expected: Floats, *, shape: float, doubt: Floats | None = None) -> Spread:
    """How unlike devices of a large fleet are: a quarter of any form, the rest the likeliest gamma or lognormal.

    The first by expectation-maximisation on a grid of means: non-parametric maximum likelihood of a mixing
    distribution, Laird, JASA 73 (1978) 805-811; Koenker & Mizera, JASA 109 (2014) 674-685; its points smoothed by a
    narrow gamma each. Alone it would hold for impossible whatever it has not seen, and its few points in the tail
    make intervals too narrow there. The gamma has this shape; it and the lognormal, whose tail is longer, share the
    rest as their likelihoods do. `doubt` is the standard deviation of the logarithm of what is expected: what peers'
    rate is not known is no unlikeness of devices. Below some 400 devices one gamma keeps its promise better.
    """
    use = expected > 0
    unsure = np.zeros(len(expected)) if doubt is None else doubt
    cell = np.rint(np.stack((observed[use], np.log(expected[use]) / _CELL, unsure[use] / _DOUBT_CELL)))
    unique, share = np.unique(cell.astype(np.int64), axis=1, return_counts=True)
    told = unique[0], np.exp(unique[1] * _CELL), unique[2] * _DOUBT_CELL
    free = _fit_freely(_on_average(*told, MEANS, np.full(len(MEANS), KERNEL)), share)
    curve, likely = _fit_lognormal(_on_average(*told, _SMOOTH, np.full(len(_SMOOTH), KERNEL)), share)
    as_gamma = float(share @ _on_average(*told, np.ones(1), np.array([shape]))[:, 0])
    chance = float(scipy.special.expit(likely - as_gamma))
    weights = np.append(_FREE * free, (1 - _FREE) * (1 - chance))
    weights[: len(MEANS) : 2] += (1 - _FREE) * chance * curve
    kept = weights > _LEAST
    return Spread(
        weights=weights[kept] / weights[kept].sum(),
        means=np.append(MEANS, 1.0)[kept],
        shapes=np.append(np.full(len(MEANS), KERNEL), shape)[kept],
    )


def _on_average(observed: Ints, expected: Floats, doubt: Floats, means: Floats, shapes: Floats) -> Floats:
    """(devices, parts): the log likelihoods over what may truly be expected."""
    here = expected * np.exp(NODES[:, None] * doubt)
    log = log_likelihoods(observed, here, means, shapes) + (observed * np.log(here))[..., None]
    return np.asarray(scipy.special.logsumexp(log, axis=0, b=NODE_WEIGHTS[:, None, None]), dtype=np.float64)


def _fit_freely(log: Floats, share: Ints) -> Floats:
    """The weights of the parts under which the counts are likeliest; `share` is how many devices each row has."""
    likelihood = np.exp(log - log.max(axis=1, keepdims=True))
    weights = np.full(log.shape[1], 1 / log.shape[1])
    for _ in range(_STEPS):
        joint = likelihood * weights
        updated = (share / joint.sum(axis=1)) @ joint / share.sum()
        moved = float(np.abs(updated - weights).max())
        weights = updated
        if moved < _CLOSE:
            break
    return weights


def _fit_lognormal(log: Floats, share: Ints) -> tuple[Floats, float]:
    """The weights of the parts that are the likeliest lognormal of mean 1, and its log likelihood."""
    centred = -0.5 * (np.log(_SMOOTH) / _SCATTERS[:, None] + _SCATTERS[:, None] / 2) ** 2
    curves = centred - scipy.special.logsumexp(centred, axis=1, keepdims=True)
    likely = [float(share @ scipy.special.logsumexp(log + curve, axis=1)) for curve in curves]
    best = int(np.argmax(likely))
    return np.exp(curves[best]), likely[best]


def log_likelihoods(observed: Ints, expected: Floats, means: Floats, shapes: Floats) -> Floats:
    """(devices, parts): the log likelihood of each count under each part, a negative binomial, but for a constant.

    Where `expected` is (nodes, devices), so many times that.
    """
    rate = shapes / means
    shapes = np.broadcast_to(shapes, np.broadcast_shapes(shapes.shape, (len(observed), 1)))
    counts, expected = observed[:, None], expected[..., None]
    found = scipy.special.gammaln(shapes + counts) - scipy.special.gammaln(shapes) + shapes * np.log(rate)
    return np.asarray(found - (shapes + counts) * np.log(rate + expected), dtype=np.float64)
