"""How unlike devices are: what ratios to their peers the fleet holds, before one device's own count is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Floats, Ints

Told: TypeAlias = float | Mapping[str, Any] | None
"""A spread as it is kept: a gamma's shape, a mixture's numbers, None where an older judging kept no answer."""

MEANS: Floats = np.geomspace(0.1, 12, 40)
KERNEL = 30.0
"""Shape of a mixture's parts: each is as wide as 18 % of its mean, so that no ratio is held for impossible."""
_STEPS = 500
_CLOSE = 1e-6
_CELL = 0.02  # expectations within 2 % share a cell, so a million devices are fitted as some thousands
_LEAST = 1e-5
_MIXED = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """A mixture of gamma distributions of the ratio: one entry a part in each array, weights together 1.

    Where devices have gammas of their own, `means` and `shapes` are (devices, 1).
    """

    weights: Floats
    means: Floats
    shapes: Floats

    @classmethod
    def gamma(cls, shape: float) -> "Spread":
        """The usual one: a single gamma of mean 1; a large shape means all alike."""
        return cls(weights=np.ones(1), means=np.ones(1), shapes=np.full(1, float(shape)))

    def of(self, those: Ints | slice) -> "Spread":
        """The spread of these devices."""
        if self.means.ndim == 1:
            return self
        return Spread(weights=self.weights, means=self.means[those], shapes=self.shapes[those])

    def at(self, device: int) -> "Spread":
        """The spread of one device, as everybody's would be."""
        if self.means.ndim == 1:
            return self
        return Spread(weights=self.weights, means=self.means[device], shapes=self.shapes[device])

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
        """To be kept."""
        if len(self.weights) == 1:
            return round(float(self.shapes[0]), 6)
        figures = {"means": self.means, "shapes": self.shapes, "weights": self.weights}
        return {name: np.round(one, 6).tolist() for name, one in figures.items()}


def fit_mixture(observed: Ints, expected: Floats, *, shape: float) -> Spread:
    """The mixture under which the fleet's counts are likeliest, averaged with the likeliest gamma, of this shape.

    By expectation-maximisation on a grid of means. Alone it would hold for impossible whatever it has not seen: with
    half of the gamma lists stay honest in lognormal fleets, and twice as many lemons are found as by the gamma alone.

    Non-parametric maximum likelihood of a mixing distribution: Laird, JASA 73 (1978) 805-811; Koenker & Mizera,
    JASA 109 (2014) 674-685; its points smoothed by a narrow gamma each. Below some 400 devices one gamma keeps its
    promise better.
    """
    use = expected > 0
    cell = np.stack((observed[use], np.rint(np.log(expected[use]) / _CELL).astype(np.int64)))
    unique, share = np.unique(cell, axis=1, return_counts=True)
    log = log_likelihoods(unique[0], np.exp(unique[1] * _CELL), MEANS, np.full(len(MEANS), KERNEL))
    likelihood = np.exp(log - log.max(axis=1, keepdims=True))
    weights = np.full(len(MEANS), 1 / len(MEANS))
    for _ in range(_STEPS):
        joint = likelihood * weights
        updated = (share / joint.sum(axis=1)) @ joint / share.sum()
        moved = float(np.abs(updated - weights).max())
        weights = updated
        if moved < _CLOSE:
            break
    kept = weights > _LEAST
    return Spread(
        weights=np.append(_MIXED * weights[kept] / weights[kept].sum(), 1 - _MIXED),
        means=np.append(MEANS[kept], 1.0),
        shapes=np.append(np.full(int(kept.sum()), KERNEL), shape),
    )


def log_likelihoods(observed: Ints, expected: Floats, means: Floats, shapes: Floats) -> Floats:
    """(devices, parts): the log likelihood of each count under each part, a negative binomial, but for a constant.

    Where `expected` is (nodes, devices), so many times that.
    """
    rate = shapes / means
    shapes = np.broadcast_to(shapes, np.broadcast_shapes(shapes.shape, (len(observed), 1)))
    counts, expected = observed[:, None], expected[..., None]
    found = scipy.special.gammaln(shapes + counts) - scipy.special.gammaln(shapes) + shapes * np.log(rate)
    return np.asarray(found - (shapes + counts) * np.log(rate + expected), dtype=np.float64)
