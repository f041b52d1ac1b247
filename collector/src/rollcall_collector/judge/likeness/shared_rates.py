"""Finds what a school or a small model has in common: charged to none of its devices, and as doubtful as it is."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.minimum import least

_TIMES: Floats = np.linspace(-4, 3, 141)
"""Logarithms of how many times the usual rate a group's may be: from one in fifty to twenty."""
_SPREADS: Floats = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.55, 0.75, 1.0, 1.4])
"""Standard deviations of groups' logarithms, all held for possible alike: their likelihood decides."""
_CELL = 0.1  # expectations within a tenth share a cell: a group's devices even each other out
_OFFSET = 200
_FEW = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedRate:
    """One entry a group: its rate over what its devices' peers let expect, and the doubt of the logarithm of it.

    `spread` is how unlike the groups are (standard deviation of the logarithm), the mean over what is possible.
    """

    times: Floats
    doubt: Floats
    spread: float
    shape: float


def nothing_shared(groups: int, shape: float) -> SharedRate:
    """No group differs."""
    return SharedRate(times=np.ones(groups), doubt=np.zeros(groups), spread=0.0, shape=shape)


def fit_shared_rates(observed: Ints, expected: Floats, group: Ints, *, groups: int, shape: float) -> SharedRate:
    """What the devices of each group have in common, where they differ among themselves as gamma(`shape`) does.

    Group g's devices count as negative binomials with r_g times their expectation, log r_g ~ N(-s^2/2, s); the device
    spread a and s are judged together, so that neither takes the other's part. A hierarchical model as in Gelman et
    al., "Bayesian Data Analysis" (2013), chapter 5. `group` is -1 for devices that belong to none.
    """
    use = (expected > 0) & (group >= 0)
    if len(np.unique(group[use])) < _FEW or not observed[use].any():
        return nothing_shared(groups, shape)
    log = np.rint(np.log(np.clip(expected[use], 1e-6, 1e6)) / _CELL).astype(np.int64) + _OFFSET
    most = int(observed.max()) + 1
    keys, count = np.unique((group[use] * most + observed[use]) * 2 * _OFFSET + log, return_counts=True)
    pair, log = keys // (2 * _OFFSET), keys % (2 * _OFFSET) - _OFFSET
    told = _Told(group=pair // most, observed=pair % most, expected=np.exp(log * _CELL), count=count, groups=groups)
    log_a = least(lambda log_a: -told.evidence(float(np.exp(log_a))), max(-6.0, np.log(shape) - 1), 5.0, within=0.05)
    return told.answer(float(np.exp(log_a)))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """Devices with the same group, count and expectation, and how many of them there are."""

    group: Ints
    observed: Ints
    expected: Floats
    count: Ints
    groups: int

    def evidence(self, shape: float) -> float:
        """The log likelihood of a device spread, over all that groups may have in common."""
        return float(scipy.special.logsumexp(self._by_spread(self._likelihood(shape)).sum(axis=0)))

    def answer(self, shape: float) -> SharedRate:
        likelihood = self._likelihood(shape)
        by_spread = self._by_spread(likelihood)
        total = by_spread.sum(axis=0)
        chance = np.exp(total - scipy.special.logsumexp(total))
        # What is held of each group: over the spreads by their likelihood, over its own rate under each.
        posterior = np.exp(likelihood[:, :, None] + _priors()[None] - by_spread[:, None, :]) @ chance
        mean = posterior @ _TIMES
        return SharedRate(
            times=np.exp(mean),
            doubt=np.sqrt(np.maximum(posterior @ _TIMES**2 - mean**2, 0)),
            spread=float(chance @ _SPREADS),
            shape=shape,
        )

    def _likelihood(self, a: float) -> Floats:
        """(groups, times): log likelihood of each group's counts."""
        constant = self.count @ (
            scipy.special.gammaln(a + self.observed)
            - scipy.special.gammaln(a)
            + self.observed * np.log(self.expected / a)
        )
        seen = np.bincount(self.group, weights=self.count * self.observed, minlength=self.groups)
        found = seen[:, None] * _TIMES
        weight = self.count * (a + self.observed)
        for place, times in enumerate(np.exp(_TIMES) / a):
            log = weight * np.log1p(self.expected * times)
            found[:, place] -= np.bincount(self.group, weights=log, minlength=self.groups)
        return np.asarray(found + constant / self.groups, dtype=np.float64)

    @staticmethod
    def _by_spread(likelihood: Floats) -> Floats:
        """(groups, spreads): each group's log likelihood under each spread of groups."""
        return np.stack([scipy.special.logsumexp(likelihood + prior, axis=1) for prior in _priors().T], axis=1)


@cache
def _priors() -> Floats:
    """(times, spreads): the log chance of each rate under each spread."""
    columns = []
    for spread in _SPREADS:
        log = -0.5 * ((_TIMES + spread**2 / 2) / max(spread, 1e-3)) ** 2
        columns.append(log - scipy.special.logsumexp(log))
    return np.stack(columns, axis=1)
