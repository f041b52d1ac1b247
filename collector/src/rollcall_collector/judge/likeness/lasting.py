"""Asks whether a device still is what it was: what was bad and has been quiet for long may have been cured."""

from dataclasses import dataclass

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.likeness.spread import Spread

_FALLEN: Floats = np.linspace(0.005, 0.995, 100)
"""Of those that look bad, the share whose ratio fell: all held for possible alike, likelihood decides."""
_KNOWN = 2.0
"""Logarithm of how many times as likely the record must be if some fell as if none did: two standard errors. Until
that is known devices are what they seem."""
_TIMES = (2.0, 4.0, 8.0)
"""As often as now a device failed before it was cured."""
_LIKELIER_THAN_NOT = 0.5
_DOUBTFUL = 0.2  # who is less likely bad than this is on no list, fallen or not


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthlyRecord:
    """Of each device and month, the latest first: troubles, what its peers let expect, years of use."""

    observed: Floats
    expected: Floats
    years: Floats

    @classmethod
    def of(cls, device: Ints, bins: Ints, *, expected: Floats, years: Floats) -> "MonthlyRecord":
        """From the device and the month of each trouble."""
        devices, months = expected.shape
        cell = np.bincount(device * months + bins, minlength=devices * months)
        return cls(observed=cell.reshape(devices, months).astype(np.float64), expected=expected, years=years)


def still_bad(record: MonthlyRecord, probability: Floats, spread: Spread, *, threshold: float) -> Floats:
    """What is left of each device's probability by the doubt whether it still is what its whole record says.

    Either its ratio to its peers has always been the same, or it fell, to a half, a quarter or an eighth, on a day of
    its use, all days alike: a change point, as in Raftery & Akman, Biometrika 73 (1986) 85-89. The two differ in when
    its troubles came, given how many they were, so it does not matter that many of them are why it is looked at. How
    many devices' ratios fell, those that look bad tell themselves. 1 for who does not. That a device became worse is
    not asked: faults that wait for their repair look the same.
    """
    still = np.ones(len(probability))
    those = np.flatnonzero((probability > _DOUBTFUL) & (record.expected.sum(axis=1) > 0))
    if len(those) == 0:
        return still
    weights, due = _if_fallen(record, those)
    likelier = weights.sum(axis=1)
    likelihood = 1 + _FALLEN[:, None] * (likelier - 1)
    likely = np.log(likelihood).sum(axis=1)
    if likely.max() < _KNOWN:
        return still
    chance = np.exp(likely - scipy.special.logsumexp(likely))
    fallen = np.flatnonzero(chance @ (_FALLEN[:, None] * likelier / likelihood) > _LIKELIER_THAN_NOT)
    those, weights, due, likelihood = those[fallen], weights[fallen], due[fallen], likelihood[:, fallen]
    each = np.repeat(those, due.shape[1])
    seen = record.observed.sum(axis=1).astype(np.int64)
    now = posterior.judge(seen[each], due.ravel(), spread=spread.of(each), threshold=threshold)
    worse = (weights * now.probability.reshape(due.shape)).sum(axis=1)
    found = chance @ (((1 - _FALLEN)[:, None] * probability[those] + _FALLEN[:, None] * worse) / likelihood)
    still[those] = np.minimum(1, found / probability[those])
    return still


def _if_fallen(record: MonthlyRecord, those: Ints) -> tuple[Floats, Floats]:
    """What each way to fall, a month and so many times, says of each device; the last is to fall before all months.

    (devices, ways): how many times as likely its months are as if it never fell, given how many its troubles were, by
    how likely that way is; and what would be due of a device that always had the ratio it then has now.
    """
    late = np.cumsum(record.expected[those], axis=1)
    seen_late = np.cumsum(record.observed[those], axis=1)
    seen, due = seen_late[:, -1:, None], late[:, -1:, None]
    times = np.array(_TIMES)
    raised = late[:, :-1, None] + times * (due - late[:, :-1, None])  # (devices, months, times)
    share = record.years[those] / record.years[those].sum(axis=1, keepdims=True)
    weights = share[:, :-1, None] / len(times) * times ** (seen - seen_late[:, :-1, None]) * (due / raised) ** seen
    count = len(those)
    return (
        np.concatenate([weights.reshape(count, -1), share[:, -1:]], axis=1),
        np.concatenate([raised.reshape(count, -1), late[:, -1:]], axis=1),
    )
