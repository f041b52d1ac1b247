"""Makes the fleet's forecast as it would have been made months ago, and counts what came: nothing is better known."""

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Ints
from rollcall_collector.judge.failures.cohort import choose_peers
from rollcall_collector.judge.failures.expected import count_cells, expect
from rollcall_collector.judge.failures.exposure import Exposure, bin_of
from rollcall_collector.judge.failures.forecast import yearly_rates
from rollcall_collector.judge.forecast_record import PastForecast
from rollcall_collector.judge.parameters import Parameters

_NEAREST_DAYS, _FARTHEST_DAYS = 180, 360
"""Half a year ago, a year ago, and each month between."""


def past_forecasts(
    exposure: Exposure,
    levels: tuple[Ints, ...],
    incidents: tuple[Ints, Ints],
    *,
    until_day: int,
    parameters: Parameters,
) -> tuple[PastForecast, ...]:
    """The whole fleet's forecasts, the latest first, by nothing that was known later; `incidents` by device and day.

    A device's own ratio to its peers adds up to its peers' rate over the fleet, and is left out. Of devices in use by
    then; those that came later were not foretold. None from a month before which too little was on record.
    """
    device, day = incidents
    bins = bin_of(day, until_day=until_day, window_days=parameters.window_days, bin_days=parameters.bin_days)
    device, bins = device[bins >= 0], bins[bins >= 0]
    steps = range(-(-_NEAREST_DAYS // parameters.bin_days), _FARTHEST_DAYS // parameters.bin_days + 1)
    found = (_made(exposure, levels, device, bins, ago=ago, parameters=parameters) for ago in steps)
    return tuple(one for one in found if one is not None)


def _made(
    exposure: Exposure, levels: tuple[Ints, ...], device: Ints, bins: Ints, *, ago: int, parameters: Parameters
) -> PastForecast | None:
    before, after = exposure[:, ago:], exposure[:, :ago]
    known = bins >= ago
    served = np.flatnonzero(before.any(axis=0))
    is_enough = len(served) and (int(served[-1]) + 1) * parameters.bin_days >= parameters.fleet_days
    if not is_enough or int(known.sum()) < parameters.fleet_incidents:
        return None
    days = before.sum(axis=1, dtype=np.float64)
    peers = choose_peers(levels, days, least_devices=parameters.cohort_devices, least_years=parameters.cohort_years)
    cells = count_cells(before, peers, device[known], bins[known] - ago)
    expectation = expect(before, peers, cells, smoothing=parameters.smoothing)
    yearly = yearly_rates(
        np.ones(len(days)),
        peers,
        expectation,
        bin_days=parameters.bin_days,
        half_life_days=parameters.recent_half_life_days,
    )
    was_there = days > 0
    years = after.sum(axis=1, dtype=np.float64) / DAYS_A_YEAR
    return PastForecast(
        days_ago=ago * parameters.bin_days,
        foretold=round(float((yearly * years)[was_there].sum()), 1),
        came=int(np.count_nonzero(was_there[device[~known]])),
    )
