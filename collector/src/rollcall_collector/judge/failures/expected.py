"""Works out how many incidents a device's peers would have had in its place, month by month."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Bools, Floats, Ints
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.failures.exposure import Exposure
from rollcall_collector.judge.failures.shock_cells import CohortCells, find_shocks
from rollcall_collector.judge.minimum import least

_FEW_COHORTS = 3
_LEAST_DUE = 1e-9
_MOST_TIMES = 1.5  # few peers' rate is drawn to the fleet's: a device cannot have raised it more
_MOST_DOUBT = 0.5  # nor is it known worse than that
_CHUNK = 1 << 16  # devices at a time, so that a million devices need no second copy of their exposure


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """Incidents per active year. Shapes: `mean` (cohorts,), all others (cohorts, bins)."""

    mean: Floats
    by_bin: Floats
    observed: Floats
    years: Floats
    is_shock: Bools


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """`expected` is one figure a device; `rates` one entry a level of peers, None where nobody is measured by it."""

    expected: Floats
    rates: tuple[Rates | None, ...]


def count_cells(exposure: Exposure, peers: Peers, device: Ints, bins: Ints) -> tuple[CohortCells | None, ...]:
    """What each level of peers counts, given every incident's row and bin; None where nobody is measured by it."""
    return tuple(
        CohortCells.count(exposure, code, device, bins) if (peers.chosen == level).any() else None
        for level, code in enumerate(peers.levels)
    )


def expect(
    exposure: Exposure,
    peers: Peers,
    cells: Sequence[CohortCells | None],
    *,
    own: Exposure | None = None,
    smoothing: float = 5,
    shock_ratio: float = 3,
    shock_devices: int = 5,
) -> Expectation:
    """Expected incidents by device, given what `count_cells` counts (all devices ever in service, with retired).

    Indirect standardisation: E_i = sum over bins of (peers' rate in that bin) x (device's active years in it);
    Breslow & Day, "Statistical Methods in Cancer Research II" (IARC, 1987), chapter 2. A month that hit the whole
    cohort raises everybody's expectation and so nobody's verdict. Rows of `exposure` may be (device, OS version)
    pairs instead of devices, with the versions in the peers' codes: add up the rows of a device afterwards. `own` is
    the part of the exposure that a device is held to, where that is not all of it. Days may weigh more or less than
    where the cells were counted.
    """
    own = exposure if own is None else own
    expected = np.zeros(len(exposure))
    rates: list[Rates | None] = []
    for level, (code, counted) in enumerate(zip(peers.levels, cells, strict=True)):
        if counted is None:
            rates.append(None)
            continue
        measured = np.flatnonzero(peers.chosen == level)
        here = peer_rates(
            exposure, code, counted, smoothing=smoothing, shock_ratio=shock_ratio, shock_devices=shock_devices
        )
        for start in range(0, len(measured), _CHUNK):
            part = measured[start : start + _CHUNK]
            expected[part] = np.einsum("ib,ib->i", here.by_bin[code[part]], own[part]) / DAYS_A_YEAR
        rates.append(here)
    return Expectation(expected=expected, rates=tuple(rates))


def peer_rates(
    exposure: Exposure,
    code: Ints,
    cells: CohortCells,
    *,
    smoothing: float = 5,
    shock_ratio: float = 3,
    shock_devices: int = 5,
) -> Rates:
    """Rates by cohort and bin, steadied by `smoothing` pseudo-incidents at the cohort's own shrunk mean.

    In a month that struck the whole cohort the rate is the bare one, so that small cohorts too are not charged for it.
    """
    observed = cells.observed
    years = np.empty_like(observed)
    for one in range(exposure.shape[1]):
        years[:, one] = np.bincount(code, weights=exposure[:, one], minlength=len(years)) / DAYS_A_YEAR
    is_shock = find_shocks(cells, years, ratio=shock_ratio, least_devices=shock_devices)
    calm = ~is_shock
    mean = shrink_means((observed * calm).sum(axis=1), (years * calm).sum(axis=1))
    by_bin = (observed + smoothing) / (years + smoothing / mean[:, None])
    by_bin[is_shock] = observed[is_shock] / years[is_shock]
    return Rates(mean=mean, by_bin=by_bin, observed=observed, years=years, is_shock=is_shock)


def by_others(observed: Ints, expected: Floats, peers: Peers, shape: float) -> tuple[Floats, Floats]:
    """What each device's peers but for itself let expect, and how badly that is known.

    A device that fails often raises the rate of the peers it is held to: one of forty by a fortieth of what it fails
    too often. The doubt is the standard deviation of the logarithm: peers' incidents are counted, and peers differ
    among themselves as gamma(`shape`) does, so it is that of a sum of negative binomials over its mean.
    """
    alone, doubt = expected.copy(), np.zeros(len(expected))
    for level, code in enumerate(peers.levels):
        here = np.flatnonzero((peers.chosen == level) & (expected > 0))
        own = expected[here]
        all_due = np.bincount(code, weights=expected)[code[here]]
        due = np.maximum(all_due - own, _LEAST_DUE)
        squares = np.bincount(code, weights=expected**2)[code[here]] - own**2
        alone[here] *= np.clip((all_due - observed[here]) / due, 1 / _MOST_TIMES, _MOST_TIMES)
        doubt[here] = np.sqrt(1 / due + np.maximum(squares, 0) / due**2 / shape)
    return alone, np.minimum(doubt, _MOST_DOUBT)


def shrink_means(observed: Floats, years: Floats) -> Floats:
    """Mean rates per year by cohort, drawn towards the fleet's by as much as the cohorts agree with each other.

    (N + k) / (X + k / fleet mean), k by maximum likelihood, 0.5 for fewer than three cohorts: the two-stage
    gamma-Poisson of Hauer, "Observational Before-After Studies in Road Safety" (1997), chapter 11.
    """
    fleet = (observed.sum() + 0.5) / max(years.sum(), 1e-9)
    seen = years > 0
    strength = 0.5
    if seen.sum() >= _FEW_COHORTS:
        strength = _strength(observed[seen], fleet * years[seen])
    return np.asarray((observed + strength) / (years + strength / fleet), dtype=np.float64)


def _strength(observed: Floats, expected: Floats) -> float:
    """How much cohorts are alike: the negative binomial's shape over them."""

    def loss(log_k: float) -> float:
        k = np.exp(log_k)
        likelihood = (
            scipy.special.gammaln(k + observed)
            - scipy.special.gammaln(k)
            + k * np.log(k)
            - (k + observed) * np.log(k + expected)
        )
        return -float(likelihood.sum())

    return float(np.exp(least(loss, -4.0, 4.0)))
