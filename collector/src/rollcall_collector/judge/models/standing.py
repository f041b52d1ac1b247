"""Says which models and batches stand out, such that of all that are called at most a stated share is so by chance."""

from collections.abc import Sequence

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Bools, Floats, Ints
from rollcall_collector.judge.failures.false_discovery import select
from rollcall_collector.judge.models.comparison import ModelComparison, SchoolTally, compare
from rollcall_collector.judge.models.counts import Counted
from rollcall_collector.judge.models.rates import ModelRate
from rollcall_collector.model.hardware import Beside, Standing

WRONG_SHARE = 0.05
"""Of all models that are called, at most so many are not unlike the others: models and batches each on a list."""
_LEAST_SURE = 0.9
"""Nobody is called whom the list could carry, but who is not likely so by itself."""


def stand_beside(
    counted: Counted, group: Ints, within: Ints, site: Ints | None, rates: Sequence[ModelRate]
) -> list[tuple[Standing, Beside | None]]:
    """Where each group stands beside the others of the same `within`; `group`, `within`, `site` are codes by device.

    Only groups with a published rate are called; the others speak for what they are compared with. None where there
    are not two published groups.
    """
    is_told = np.array([rate.is_sufficient for rate in rates], dtype=np.bool_)
    beside: list[Beside | None] = [None] * len(rates)
    likely, is_above = np.zeros(len(rates)), np.zeros(len(rates), dtype=np.bool_)
    for one in np.unique(within).tolist():
        mine = (within == one) & (counted.days > 0)
        groups = np.unique(group[mine])
        if np.count_nonzero(is_told[groups]) < 2:  # noqa: PLR2004  # one alone has nothing beside it
            continue
        found, shares = _compare(counted, mine, group, site, [rates[code] for code in groups.tolist()])
        likely[groups], is_above[groups] = np.maximum(found.more, found.less), found.more > found.less
        for place, code in enumerate(groups.tolist()):
            beside[code] = _beside(found, place, None if shares is None else float(shares[place]))
    called = select(likely, rate=WRONG_SHARE, may_enter=is_told & (likely >= _LEAST_SURE))
    return [
        (_standing(bool(is_told[code]), bool(called[code]), is_above=bool(is_above[code])), beside[code])
        for code in range(len(rates))
    ]


def _compare(
    counted: Counted, mine: Bools, group: Ints, site: Ints | None, rates: Sequence[ModelRate]
) -> tuple[ModelComparison, Floats | None]:
    """The comparison of these devices' groups, and the share of each at its largest school (None: not told)."""
    _, own = np.unique(group[mine], return_inverse=True)
    school = np.zeros(len(own), dtype=np.int64) if site is None else np.unique(site[mine], return_inverse=True)[1]
    extra, devices = (np.array(column, dtype=np.float64) for column in zip(*_differ(rates), strict=True))
    # By few devices chance alone makes them look alike: none is held for less unlike than all groups' devices are.
    usual = float((extra * devices).sum() / devices.sum())
    told = SchoolTally.of(
        own, school, counted.incidents[mine], counted.days[mine] / DAYS_A_YEAR, np.maximum(extra, usual)
    )
    return compare(told), None if site is None else told.largest_shares()


def _differ(rates: Sequence[ModelRate]) -> list[tuple[float, int]]:
    return [(rate.dispersion, rate.devices) for rate in rates]


def _beside(found: ModelComparison, place: int, at_one_school: float | None) -> Beside | None:
    others = float(found.others[place])
    if not np.isfinite(others):
        return None
    figures = (found.times, found.low, found.high, np.maximum(found.more, found.less))
    times, low, high, likely = (round(float(one[place]), 4) for one in figures)
    share = None if at_one_school is None else round(at_one_school, 3)
    return Beside(others_rate=round(others, 6), times=times, low=low, high=high, likely=likely, at_one_school=share)


def _standing(is_told: bool, is_called: bool, *, is_above: bool) -> Standing:  # noqa: FBT001  # three facts of one group
    if not is_told:
        return "insufficient"
    if not is_called:
        return "no_difference"
    return "above" if is_above else "below"
