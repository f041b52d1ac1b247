"""Notices the month in which an update or a heat wave struck a whole cohort, and names it instead of its victims."""

from dataclasses import dataclass

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.failures.exposure import Exposure

CHANCE = 0.01
"""The chance that in a fleet where nothing happened any cell at all is called struck."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CohortCells:
    """Incidents of each cohort and bin, the different devices that had them, and the devices in use there.

    All (cohorts, bins); they stay what they are however much each device's days weigh.
    """

    observed: Floats
    struck: Ints
    active: Ints

    @classmethod
    def count(cls, exposure: Exposure, code: Ints, device: Ints, bins: Ints) -> "CohortCells":
        """From the cohort of each row of `exposure`, and the row and bin of each incident."""
        cohorts, width = int(code.max(initial=-1)) + 1, exposure.shape[1]
        cell, devices = code[device] * width + bins, int(device.max(initial=0)) + 1
        struck = np.unique(cell * devices + device) // devices
        active = [np.bincount(code, weights=one > 0, minlength=cohorts) for one in exposure.T]
        return cls(
            observed=np.bincount(cell, minlength=cohorts * width).reshape(cohorts, width).astype(np.float64),
            struck=np.bincount(struck, minlength=cohorts * width).reshape(cohorts, width),
            active=np.stack(active, axis=1).astype(np.int64),
        )


def find_shocks(cells: CohortCells, years: Floats, *, ratio: float = 3, least_devices: int = 5) -> Bools:
    """Which (cohort, bin) cells struck more than `ratio` times the devices that the cohort's other bins let expect.

    `years` are those of its devices in use. At least `least_devices` different devices must be struck, so that one
    device's bad month is never excused as its cohort's. Of n devices, n (1 - exp(-incidents expected / n)) are
    expected to be struck: all of a model are not three times as many as half of it. The bins on either side say
    nothing of what is usual: what strikes a model at the end of one month is in the next one too. Among hundreds of
    small cells some triple by chance: a cell must be rarer than that (Bonferroni, Poisson tail).
    """
    observed, struck = cells.observed, cells.struck
    fleet = observed.sum() / max(years.sum(), 1e-9)
    # One pseudo-incident at the fleet's rate: a cohort's first month has no other month to be measured by.
    usual = (_elsewhere(observed) + 1) / (_elsewhere(years) + 1 / max(fleet, 1e-9))
    expected = cells.active * -np.expm1(-usual * years / np.maximum(cells.active, 1))
    by_chance = scipy.special.gammainc(np.maximum(struck, 1), expected) * np.count_nonzero(years)
    return np.asarray(
        (struck >= least_devices) & (struck > ratio * expected) & (by_chance < CHANCE) & (years > 0), dtype=np.bool_
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
