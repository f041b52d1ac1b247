"""Counts how many incidents an average device has had by each age: the curve that shows wear-out and teething."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints

_NORMAL_95 = 1.96


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanCumulative:
    """Incidents per device by each age asked for, with its standard error and how many devices were then watched."""

    age: Floats
    mean: Floats
    error: Floats
    watched: Ints

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """The 95 % interval, on the log scale so that it stays above zero; equal to the mean where that is zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.exp(_NORMAL_95 * np.where(self.mean > 0, self.error / self.mean, 0.0))
        return self.mean / factor, self.mean * factor


def mean_cumulative(entry: Floats, leave: Floats, unit: Ints, age: Floats, *, at: Floats) -> MeanCumulative:
    """M(t) = sum over incident ages t_j <= t of d_j / R(t_j), R counting devices with entry < t_j <= leave.

    `entry` and `leave` are one age a device (any unit of time), `unit` and `age` one entry an incident. Nelson,
    Technometrics 37 (1995) 147-157; the error is robust against lemons: Lawless & Nadeau, Technometrics 37 (1995)
    158-168. Raises ValueError for an incident outside its device's watched ages.
    """
    if bool(((age <= entry[unit]) | (age > leave[unit])).any()):
        raise ValueError("an incident lies outside the ages at which its device was watched: mend entry or leave")
    ages, which = np.unique(age, return_inverse=True)
    count = np.bincount(which, minlength=len(ages))
    risk = at_risk(entry, leave, ages)
    rise = np.append(0.0, np.cumsum(count / np.maximum(risk, 1)))
    slope = np.append(0.0, np.cumsum(count / np.maximum(risk, 1) ** 2))
    mean, error = np.empty(len(at)), np.empty(len(at))
    own = 1 / np.maximum(risk, 1)[which]
    for one, until in enumerate(at):
        mean[one] = rise[np.searchsorted(ages, until, side="right")]
        had = np.bincount(unit, weights=own * (age <= until), minlength=len(entry))
        last = slope[np.searchsorted(ages, np.minimum(leave, until), side="right")]
        first = slope[np.searchsorted(ages, np.minimum(entry, until), side="right")]
        error[one] = np.sqrt(((had - (last - first)) ** 2).sum())
    return MeanCumulative(age=at, mean=mean, error=error, watched=at_risk(entry, leave, at))


def at_risk(entry: Floats, leave: Floats, at: Floats) -> Ints:
    """How many devices were watched at each age: entered before it, not yet gone."""
    entered = np.searchsorted(np.sort(entry), at, side="left")
    gone = np.searchsorted(np.sort(leave), at, side="left")
    return np.asarray(entered - gone, dtype=np.int64)
