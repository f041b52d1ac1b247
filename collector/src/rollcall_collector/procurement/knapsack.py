"""Chooses whom to replace within a budget: first whatever wins back most lesson minutes for each unit of money."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Bools, Floats, Ints

_HALF = 0.5
_MARGIN = 200  # offers on either side of the margin that may change places
_EXCHANGES = 50


@dataclass(frozen=True, kw_only=True)
class Offers:
    """What could be done, one entry an offer: minutes won back, what it costs, and the device and site concerned.

    A device may stand here several times (repair, battery, replacement): at most one is chosen. Only devices that
    passed the lists' probability gate belong here; a warranty claim is an offer that costs nothing.
    """

    minutes: Floats
    cost: Floats
    device: Ints
    site: Ints

    @cached_property
    def steps(self) -> list[int]:
        """Every step up of every device, best first: the same for every budget."""
        return [one for _, one in _steps(self)]


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteRule:
    """What one site must get at least and may get at most, in money; None for no bound."""

    site: int
    floor: float = 0.0
    cap: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The chosen offers in order of worth, what they cost and win, and the best one just outside (None: none left)."""

    chosen: Ints
    cost: float
    minutes: float
    marginal: int | None


class ImpossiblePlanError(ValueError):
    """Floors, caps and budget that no choice of offers can satisfy."""


def choose(offers: Offers, *, budget: float, rules: Sequence[SiteRule] = ()) -> Plan:
    """The plan within the budget: the explainable greedy order, or the exact optimum where sites have floors or caps.

    Raises ImpossiblePlanError when the rules and the budget contradict each other.
    """
    taken = _optimum(offers, budget, rules) if rules else _greedy(offers, budget)
    return _as_plan(offers, taken)


def choose_best(offers: Offers, *, budget: float, rules: Sequence[SiteRule] = ()) -> Plan:
    """The exact optimum by mixed-integer programming (HiGHS, through scipy), however hard to explain."""
    return _as_plan(offers, _optimum(offers, budget, rules))


def choose_in_order(offers: Offers, score: Floats, *, budget: float) -> Plan:
    """What another rule would have bought with the same money: offers by `score`, highest first, while money lasts.

    Use -purchase day for "oldest first" and the number of failures for "raw count": the plan's comparison. Of a device
    it takes the offer that wins most, if that fits.
    """
    return _as_plan(offers, _take(offers, np.lexsort((offers.device, -offers.minutes, -score)), budget))


def worth(offers: Offers) -> Floats:
    """Minutes won back per unit of money; what costs nothing and wins anything is worth infinitely much."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(offers.minutes > 0, offers.minutes / offers.cost, 0.0)


def _greedy(offers: Offers, budget: float) -> Bools:
    """By worth, each device's dearer and better offer replacing its cheaper one where the step up is itself worth it.

    The continuous relaxation of the multiple-choice knapsack, rounded down and topped up: Sinha & Zoltners,
    Operations Research 27 (1979) 503-515.
    """
    cost, devices = offers.cost.tolist(), offers.device.tolist()
    left = budget
    held: dict[int, int] = {}
    for one in offers.steps:
        before = held.get(devices[one])
        more = cost[one] - (cost[before] if before is not None else 0.0)
        if more <= left:
            left -= more
            held[devices[one]] = one
    taken = np.zeros(len(cost), dtype=np.bool_)
    taken[list(held.values())] = True
    return _fill_margin(offers, taken, left)


def _fill_margin(offers: Offers, taken: Bools, left: float) -> Bools:
    """Exchange one chosen offer for one outside while that wins minutes with the money left: mends the rounding."""
    value = worth(offers)
    for _ in range(_EXCHANGES):
        inside = np.flatnonzero(taken & (offers.cost > 0))
        inside = inside[np.argsort(value[inside], kind="stable")][:_MARGIN]
        served = np.isin(offers.device, offers.device[taken])
        outside = np.flatnonzero(~served & (offers.minutes > 0))
        outside = outside[np.argsort(-value[outside], kind="stable")][:_MARGIN]
        if len(inside) == 0 or len(outside) == 0:
            break
        gain = offers.minutes[outside][None, :] - offers.minutes[inside][:, None]
        gain = np.where(offers.cost[outside][None, :] - offers.cost[inside][:, None] <= left, gain, 0.0)
        given, got = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[given, got] <= 0:
            break
        taken[inside[given]], taken[outside[got]] = False, True
        left -= float(offers.cost[outside[got]] - offers.cost[inside[given]])
    return taken


def _steps(offers: Offers) -> list[tuple[float, int]]:
    """Every step up of every device, by minutes per money of the step, best first; dominated offers left out."""
    order = np.lexsort((-offers.minutes, offers.cost, offers.device)).tolist()
    minutes, devices = offers.minutes.tolist(), offers.device.tolist()
    steps: list[tuple[float, int]] = []
    hull: list[int] = []
    for at, one in enumerate(order):
        if at and devices[one] != devices[order[at - 1]]:
            steps += _worths(offers, hull)
            hull = []
        if minutes[one] <= (minutes[hull[-1]] if hull else 0.0):
            continue
        while hull and _worth_of_step(offers, hull[-1], one) >= _worth_of_step(
            offers, hull[-2] if len(hull) > 1 else None, hull[-1]
        ):
            hull.pop()
        hull.append(one)
    steps += _worths(offers, hull)
    # Of equal worth, first the one that wins more, then the first named: the order must not hang on a file's order.
    steps.sort(key=lambda step: (-step[0], -minutes[step[1]], devices[step[1]]))
    return steps


def _worths(offers: Offers, hull: Sequence[int]) -> list[tuple[float, int]]:
    pairs = zip((None, *hull[:-1]), hull, strict=True) if hull else ()
    return [(_worth_of_step(offers, before, one), one) for before, one in pairs]


def _worth_of_step(offers: Offers, before: int | None, after: int) -> float:
    won = float(offers.minutes[after] - (0.0 if before is None else offers.minutes[before]))
    paid = float(offers.cost[after] - (0.0 if before is None else offers.cost[before]))
    return won / paid if paid > 0 else float("inf")


def _take(offers: Offers, order: Ints, budget: float) -> Bools:
    """Walk down the order; what no longer fits is passed over, what follows may still fit."""
    cost, devices = offers.cost.tolist(), offers.device.tolist()
    left = budget
    served: dict[int, int] = {}
    for one in order.tolist():
        if cost[one] <= left and devices[one] not in served:
            left -= cost[one]
            served[devices[one]] = one
    taken = np.zeros(len(cost), dtype=np.bool_)
    taken[list(served.values())] = True
    return taken


def _optimum(offers: Offers, budget: float, rules: Sequence[SiteRule]) -> Bools:
    count = len(offers.cost)
    if count == 0:
        if any(rule.floor > 0 for rule in rules):
            raise ImpossiblePlanError("a site's floor cannot be met: there is nothing to replace")
        return np.zeros(0, dtype=np.bool_)
    rows, low, high = [offers.cost], [0.0], [budget]
    for rule in rules:
        rows.append(np.where(offers.site == rule.site, offers.cost, 0.0))
        low.append(rule.floor)
        high.append(np.inf if rule.cap is None else rule.cap)
    names, code = np.unique(offers.device, return_inverse=True)
    once = scipy.sparse.csr_array((np.ones(count), (code, np.arange(count))), shape=(len(names), count))
    found = scipy.optimize.milp(
        -offers.minutes,
        constraints=[
            scipy.optimize.LinearConstraint(np.stack(rows), low, high),
            scipy.optimize.LinearConstraint(once, 0, 1),
        ],
        integrality=np.ones(count),
        bounds=scipy.optimize.Bounds(0, 1),
        options={"mip_rel_gap": 1e-4, "time_limit": 30},
    )
    if found.x is None:
        raise ImpossiblePlanError(
            "no plan meets every floor and cap within this budget: raise the budget or lower a floor"
        )
    return np.asarray(found.x > _HALF, dtype=np.bool_)


def _as_plan(offers: Offers, taken: Bools) -> Plan:
    value = worth(offers)
    chosen = np.flatnonzero(taken)
    chosen = chosen[np.lexsort((offers.device[chosen], -offers.minutes[chosen], -value[chosen]))]
    outside = np.flatnonzero(~np.isin(offers.device, offers.device[chosen]) & (offers.minutes > 0))
    marginal = int(outside[np.lexsort((offers.device[outside], -value[outside]))[0]]) if len(outside) else None
    return Plan(
        chosen=chosen,
        cost=float(offers.cost[chosen].sum()),
        minutes=float(offers.minutes[chosen].sum()),
        marginal=marginal,
    )
