"""Foretells next year's incidents: how bad the device is, times how its peers have been doing lately."""

import numpy as np

from rollcall_collector.judge.arrays import Floats
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.failures.expected import Expectation, Rates
from rollcall_collector.judge.failures.shock_cells import have_passed


def recent_rates(rates: Rates, *, bin_days: int = 30, half_life_days: float = 180, pseudo: float = 2) -> Floats:
    """Incidents per active year by cohort, the past fading by half every `half_life_days`, steadied by `pseudo`.

    Months in which the whole cohort was struck are left out once calmer ones followed: a bad update is no forecast.
    """
    age = (np.arange(rates.observed.shape[1]) + 0.5) * bin_days
    weight = 0.5 ** (age / half_life_days) * ~have_passed(rates.is_shock)
    observed = (rates.observed * weight).sum(axis=1)
    years = (rates.years * weight).sum(axis=1)
    return np.asarray((observed + pseudo) / (years + pseudo / rates.mean), dtype=np.float64)


def yearly_rates(
    ratio: Floats, peers: Peers, expectation: Expectation, *, bin_days: int = 30, half_life_days: float = 180
) -> Floats:
    """Forecast incidents per active year by device: its posterior ratio times its peers' recent rate."""
    forecast = np.zeros(len(ratio))
    for level, (code, rates) in enumerate(zip(peers.levels, expectation.rates, strict=True)):
        if rates is not None:
            here = peers.chosen == level
            recent = recent_rates(rates, bin_days=bin_days, half_life_days=half_life_days)
            forecast[here] = ratio[here] * recent[code[here]]
    return forecast
