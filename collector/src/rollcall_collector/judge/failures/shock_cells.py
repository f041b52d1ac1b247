"""Notices the month in which an update or a heat wave struck a whole cohort, and names it instead of its victims."""

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.failures.exposure import Exposure

CHANCE = 0.01
"""The chance that in a fleet where nothing happened any cell at all is called struck."""


def find_shocks(
    device: Ints,
    cell: Ints,
    *,
    observed: Floats,
    years: Floats,
    active: Ints,
    ratio: float = 3,
    least_devices: int = 5,
) -> Bools:
    """Which (cohort, bin) cells struck more than `ratio` times the devices that the cohort's other bins let expect.

    `device` and `cell` (cohort x bins + bin) have one entry an incident; `observed` (incidents), `years` and `active`
    (devices in use) are (cohorts, bins). At least `least_devices` different devices must be struck, so that one
    device's bad month is never excused as its cohort's. Of n devices, n (1 - exp(-incidents expected / n)) are
    expected to be struck: all of a model are not three times as many as half of it. The bins on either side say
    nothing of what is usual: what strikes a model at the end of one month is in the next one too. Among hundreds of
    small cells some triple by chance: a cell must be rarer than that (Bonferroni, Poisson tail).
    """
    width = observed.shape[1]
    pairs = np.unique(cell * (int(device.max(initial=0)) + 1) + device)
    struck = np.bincount(pairs // (int(device.max(initial=0)) + 1), minlength=observed.size).reshape(-1, width)
    fleet = observed.sum() / max(years.sum(), 1e-9)
    # One pseudo-incident at the fleet's rate: a cohort's first month has no other month to be measured by.
    usual = (_elsewhere(observed) + 1) / (_elsewhere(years) + 1 / max(fleet, 1e-9))
    expected = active * -np.expm1(-usual * years / np.maximum(active, 1))
    by_chance = scipy.special.gammainc(np.maximum(struck, 1), expected) * np.count_nonzero(years)
    return np.asarray(
        (struck >= least_devices) & (struck > ratio * expected) & (by_chance < CHANCE) & (years > 0), dtype=np.bool_
    )


def count_active(exposure: Exposure, code: Ints, *, cohorts: int) -> Ints:
    """How many devices of each cohort were in use in each bin: (cohorts, bins)."""
    return np.stack([np.bincount(code, weights=one > 0, minlength=cohorts) for one in exposure.T], axis=1).astype(
        np.int64
    )


def _elsewhere(cells: Floats) -> Floats:
    """The sum of each row without a cell and its two neighbours."""
    padded = np.pad(cells, ((0, 0), (1, 1)))
    return np.asarray(cells.sum(axis=1, keepdims=True) - padded[:, :-2] - cells - padded[:, 2:], dtype=np.float64)


def have_passed(is_shock: Bools) -> Bools:
    """Of the struck bins those that calmer ones followed. What goes on is how the cohort is now: wear-out, maybe.

    Both (cohorts, bins), bin 0 the latest.
    """
    goes_on = np.logical_and.accumulate(is_shock, axis=1)
    return np.asarray(is_shock & ~goes_on, dtype=np.bool_)
