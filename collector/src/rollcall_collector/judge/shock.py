"""Notices the month in which an update or a heat wave struck a whole cohort, and names it instead of its victims."""

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints


def find_shocks(
    device: Ints, cell: Ints, *, observed: Floats, years: Floats, ratio: float = 3, least_devices: int = 5
) -> Bools:
    """Which (cohort, bin) cells hold more than `ratio` times what the cohort's other bins let expect.

    `device` and `cell` (cohort x bins + bin) have one entry an incident; `observed` and `years` are (cohorts, bins).
    A cell counts only when at least `least_devices` different devices were struck, and `ratio` must hold for the
    number of devices struck, so that one device's bad month is never excused as its cohort's.
    """
    width = observed.shape[1]
    pairs = np.unique(cell * (int(device.max(initial=0)) + 1) + device)
    struck = np.bincount(pairs // (int(device.max(initial=0)) + 1), minlength=observed.size).reshape(-1, width)
    others_seen = observed.sum(axis=1, keepdims=True) - observed
    others_years = years.sum(axis=1, keepdims=True) - years
    fleet = observed.sum() / max(years.sum(), 1e-9)
    # One pseudo-incident at the fleet's rate: a cohort's first month has no other month to be measured by.
    usual = (others_seen + 1) / (others_years + 1 / max(fleet, 1e-9))
    return np.asarray((struck >= least_devices) & (struck > ratio * usual * years) & (years > 0), dtype=np.bool_)


def have_passed(is_shock: Bools) -> Bools:
    """Of the struck bins those that calmer ones followed. What goes on is how the cohort is now: wear-out, maybe.

    Both (cohorts, bins), bin 0 the latest.
    """
    goes_on = np.logical_and.accumulate(is_shock, axis=1)
    return np.asarray(is_shock & ~goes_on, dtype=np.bool_)
