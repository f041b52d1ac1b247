"""How unlike devices are: what ratios to their peers the fleet holds, before one device's own count is looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Bools, Floats, Ints

Told: TypeAlias = float | Mapping[str, Any] | None
"""A spread as it is kept: a gamma's shape, a mixture's numbers, None where an older judging kept no answer."""

MEANS: Floats = np.geomspace(0.1, 12, 20)
KERNEL = 30.0
"""Shape of a mixture's parts: each is as wide as 18 % of its mean, so that no ratio is held for impossible; they lie
1.4 of their own widths apart, enough for a smooth curve."""
_CELL = 0.02  # expectations within 2 % share a cell, so a million devices are fitted as some thousands
_DOUBT_CELL = 0.1  # as does doubt of peers' rate within a tenth
_LEAST = 1e-5
_NEVER = 1e-300
NODES: Floats = np.array([-1.7320508075688772, 0.0, 1.7320508075688772])
NODE_WEIGHTS: Floats = np.array([1.0, 4.0, 1.0]) / 6
"""Gauss and Hermite's points for a normal distribution: exact up to the fifth power."""
_GAMMAS: Floats = np.exp(np.arange(-6, 5.1, 0.2))
"""The shapes of gammas that are held for possible, as in `posterior.fit_shape` …"""
_SCATTERS: Floats = np.arange(0.1, 1.65, 0.05)
"""… the standard deviations of the logarithm of lognormals …"""
_BAD_SHARES = (0.01, 0.02, 0.035, 0.05, 0.08, 0.12, 0.2, 0.3)
_BAD_TIMES: Floats = np.geomspace(2.5, 6, 5)
_BAD_SCATTER = 0.35
_GOOD_SCATTERS = (0.0, 0.3, 0.6)
"""… and of fleets with lemons: what share of the devices they are, how many times as bad as the others, and how unlike
among themselves the ones and the others are (standard deviation of the logarithm). How wide and how far the lemons
lie, made-up fleets hardly tell; in the published record wider and farther ones foretell more than came."""


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

    @classmethod
    def of_each(cls, means: Floats, shapes: Floats) -> "Spread":
        """A gamma of its own for each device, one entry a device in both."""
        return cls(weights=np.ones(1), means=means[:, None], shapes=shapes[:, None])

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


def fit_mixture(observed: Ints, expected: Floats, *, doubt: Floats | None = None) -> Spread:
    """How unlike devices of a large fleet are: gammas, lognormals and fleets with lemons, each by its likelihood.

    Which form it is, few counts do not tell, and it is the form that says how bad those are that fail most: none is
    chosen, the spread is the mean over all, each of the three alike likely before the counts are looked at. Bayesian
    model averaging: Hoeting, Madigan, Raftery & Volinsky, Statistical Science 14 (1999) 382-417. `doubt` is the
    standard deviation of the logarithm of what is expected: what peers' rate is not known is no unlikeness of devices.
    Below some 400 devices one gamma keeps its promise better.
    """
    use = expected > 0
    unsure = np.zeros(len(expected)) if doubt is None else doubt
    cell = np.rint(np.stack((observed[use], np.log(expected[use]) / _CELL, unsure[use] / _DOUBT_CELL)))
    unique, share = np.unique(cell.astype(np.int64), axis=1, return_counts=True)
    told = unique[0], np.exp(unique[1] * _CELL), unique[2] * _DOUBT_CELL
    means = np.append(MEANS, np.ones(len(_GAMMAS)))
    shapes = np.append(np.full(len(MEANS), KERNEL), _GAMMAS)
    log = _on_average(*told, means, shapes)
    forms, chance = _forms()
    likelihood = np.exp(log - log.max(axis=1, keepdims=True)) @ forms.T
    likely = np.log(chance) + share @ np.log(np.maximum(likelihood, _NEVER))
    weights = np.exp(likely - scipy.special.logsumexp(likely)) @ forms
    kept = weights > _LEAST
    return Spread(weights=weights[kept] / weights[kept].sum(), means=means[kept], shapes=shapes[kept])


@cache
def _forms() -> tuple[Floats, Floats]:
    """(forms, parts): each form's weights of the parts, narrow ones first, then gammas; and its chance beforehand."""
    curves = np.stack([_lognormal(1.0, scatter) for scatter in _SCATTERS]), np.stack(list(_with_lemons()))
    gammas = np.eye(len(_GAMMAS), len(MEANS) + len(_GAMMAS), len(MEANS))
    narrow = [np.pad(curve, ((0, 0), (0, len(_GAMMAS)))) for curve in curves]
    kinds = (gammas, *narrow)
    return np.concatenate(kinds), np.concatenate([np.full(len(one), 1 / len(one) / len(kinds)) for one in kinds])


def _with_lemons() -> Iterator[Floats]:
    """The weights of the narrow parts where some devices are bad; the mean of all is 1."""
    for share, times, scatter in product(_BAD_SHARES, _BAD_TIMES, _GOOD_SCATTERS):
        usual = 1 / (1 - share + share * times)
        yield (1 - share) * _lognormal(usual, scatter) + share * _lognormal(times * usual, _BAD_SCATTER)


def _lognormal(mean: float, scatter: float) -> Floats:
    """The weights of the narrow parts that are a lognormal; without scatter, of the two beside its mean."""
    if not scatter:
        return np.array([np.interp(mean, MEANS, part) for part in np.eye(len(MEANS))])
    log = -0.5 * ((np.log(MEANS / mean) + scatter**2 / 2) / scatter) ** 2
    return np.asarray(np.exp(log - scipy.special.logsumexp(log)), dtype=np.float64)


def _on_average(observed: Ints, expected: Floats, doubt: Floats, means: Floats, shapes: Floats) -> Floats:
    """(devices, parts): the log likelihoods over what may truly be expected."""
    here = expected * np.exp(NODES[:, None] * doubt)
    log = log_likelihoods(observed, here, means, shapes) + (observed * np.log(here))[..., None]
    return np.asarray(scipy.special.logsumexp(log, axis=0, b=NODE_WEIGHTS[:, None, None]), dtype=np.float64)


def log_likelihoods(observed: Ints, expected: Floats, means: Floats, shapes: Floats) -> Floats:
    """(devices, parts): the log likelihood of each count under each part, a negative binomial, but for a constant.

    Where `expected` is (nodes, devices), so many times that.
    """
    rate = shapes / means
    shapes = np.broadcast_to(shapes, np.broadcast_shapes(shapes.shape, (len(observed), 1)))
    counts, expected = observed[:, None], expected[..., None]
    found = scipy.special.gammaln(shapes + counts) - scipy.special.gammaln(shapes) + shapes * np.log(rate)
    return np.asarray(found - (shapes + counts) * np.log(rate + expected), dtype=np.float64)
