"""Says which share of a model's devices reaches each age without failing, though most were enrolled when not new."""

from dataclasses import dataclass

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Bools, Floats
from rollcall_collector.judge.models.recurrence import at_risk

_LEAST_FAILURES = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Survival:
    """A step curve: from each age on, the share still without failure, with its standard error (Greenwood)."""

    age: Floats
    share: Floats
    error: Floats

    def at(self, age: float) -> float:
        """The share without failure at this age; 1 before the first failure."""
        last = int(np.searchsorted(self.age, age, side="right")) - 1
        return float(self.share[last]) if last >= 0 else 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Lifetime:
    """A Weibull law of the first failure: shape above 1 is wear-out, below 1 teething. `is_fitted`: shape known."""

    shape: float
    scale: float
    is_fitted: bool

    def survives(self, age: float) -> float:
        """The share without failure at this age."""
        return float(np.exp(-((age / self.scale) ** self.shape)))


def kaplan_meier(entry: Floats, leave: Floats, has_failed: Bools) -> Survival:
    """Product-limit curve with delayed entry: at age t those are at risk who entered before t and left at t or later.

    Devices sold, lost, or retired when their support ended left without failure. Kaplan & Meier, JASA 53 (1958)
    457-481; left truncation: Klein & Moeschberger, "Survival Analysis" (2003), section 4.6. Ages in any one unit.
    """
    ages, died = np.unique(leave[has_failed], return_counts=True)
    risk = at_risk(entry, leave, ages)
    share: Floats = np.cumprod(1 - died / risk, dtype=np.float64)
    with np.errstate(divide="ignore"):
        spread = np.cumsum(died / (risk * np.maximum(risk - died, 1e-300)))
    return Survival(age=ages, share=share, error=np.where(share > 0, share * np.sqrt(spread), 0.0))


def fit_lifetime(entry: Floats, leave: Floats, has_failed: Bools) -> Lifetime:
    """The Weibull law by maximum likelihood with delayed entry; with fewer than 10 failures a constant rate.

    The constant rate is the mean of Jeffreys' posterior, (failures + 1/2) / time watched. Ages above zero, one unit.
    Likelihood: Meeker & Escobar, "Statistical Methods for Reliability Data" (1998), section 11.6.
    """
    failures, watched = int(has_failed.sum()), float((leave - entry).sum())
    if failures < _LEAST_FAILURES:
        return Lifetime(shape=1.0, scale=watched / (failures + 0.5), is_fitted=False)
    logs = np.log(leave[has_failed])

    def loss(theta: Floats) -> float:
        shape, log_scale = np.exp(theta[0]), theta[1]
        hazard = theta[0] - log_scale + (shape - 1) * (logs - log_scale)
        spent = ((leave / np.exp(log_scale)) ** shape - (entry / np.exp(log_scale)) ** shape).sum()
        return float(spent - hazard.sum())

    start = np.array([0.0, np.log(watched / failures)])
    found = scipy.optimize.minimize(
        loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8, "maxiter": 2000}
    ).x
    return Lifetime(shape=float(np.exp(found[0])), scale=float(np.exp(found[1])), is_fitted=True)


def rate_interval(failures: float, watched: float, *, level: float = 0.90) -> tuple[float, float]:
    """Interval of a constant rate: Gamma(failures + 1/2, time watched), Jeffreys' prior."""
    tail = (1 - level) / 2
    lower = float(scipy.special.gammaincinv(failures + 0.5, tail)) if failures else 0.0
    return lower / watched, float(scipy.special.gammaincinv(failures + 0.5, 1 - tail)) / watched
