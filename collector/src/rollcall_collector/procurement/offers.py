"""Puts what could be done with many devices side by side, chooses within a budget, and compares with other rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Floats, Ints
from rollcall_collector.procurement.knapsack import Offers, Plan, SiteRule, choose, choose_in_order, worth

NO_SITE = -1
"""Stands for the site of a device that belongs to none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """One thing that could be done with a device, in money, and in lesson minutes over the years it would serve."""

    device: int
    site: int
    cost: float
    minutes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Bought:
    """What a way of choosing buys."""

    devices: int
    cost: float
    minutes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Places in the sequence of offers: the chosen, best first; of each other device its best, marginal first.

    `rivals` are what each other way of choosing buys for no more money than the chosen cost.
    """

    chosen: tuple[int, ...]
    outside: tuple[int, ...]
    rivals: tuple[Bought, ...] = ()


def years_served(
    today: date, *, support_until: date | None, purchased_on: date | None, planned_life_years: int
) -> float:
    """Years that a device in service would still serve: until its support or its planned life ends, one at least.

    One at least, because what is past its dates serves until somebody replaces it. Where neither date is known it is
    taken to be in the middle of its planned life.
    """
    ends = [one for one in (support_until, life_end(purchased_on, planned_life_years)) if one is not None]
    if not ends:
        return max(1.0, planned_life_years / 2)
    return max(1.0, (min(ends) - today).days / DAYS_A_YEAR)


def life_end(purchased_on: date | None, planned_life_years: int) -> date | None:
    """The day on which a device has served as long as planned; None where nobody knows when it was bought."""
    if purchased_on is None:
        return None
    year = purchased_on.year + planned_life_years
    try:
        return purchased_on.replace(year=year)
    except ValueError:  # bought on 29 February
        return date(year, 2, 28)


def as_columns(offers: Sequence[Offer]) -> Offers:
    """The offers side by side, as they are chosen among."""
    return Offers(
        minutes=np.array([one.minutes for one in offers], dtype=np.float64),
        cost=np.array([one.cost for one in offers], dtype=np.float64),
        device=np.array([one.device for one in offers], dtype=np.int64),
        site=np.array([one.site for one in offers], dtype=np.int64),
    )


def choose_among(
    offers: Offers,
    *,
    budget: float,
    rules: Sequence[SiteRule] = (),
    rivals: Iterable[Sequence[float]] = (),
) -> Choice:
    """What to do within the budget; a device is served once. Raises ImpossiblePlanError as the knapsack does.

    `rivals` are scores of every offer: where taking the highest first wins more for no more money, that is the plan.
    """
    scores = [np.array(score, dtype=np.float64) for score in rivals]
    chosen, others = _unbeaten(offers, choose(offers, budget=budget, rules=rules).chosen, scores)
    value = worth(offers)
    order = np.lexsort((offers.device, -offers.minutes, -value))
    left = order[~np.isin(offers.device[order], offers.device[chosen])]
    _, first = np.unique(offers.device[left], return_index=True)
    return Choice(
        chosen=tuple(chosen.tolist()),
        outside=tuple(left[np.sort(first)].tolist()),
        rivals=tuple(Bought(devices=len(one.chosen), cost=one.cost, minutes=one.minutes) for one in others),
    )


def _unbeaten(offers: Offers, chosen: Ints, scores: Sequence[Floats]) -> tuple[Ints, list[Plan]]:
    """The chosen offers, or better ones: the explainable choice is a hair's breadth short of the best at times.

    Beside them what each score buys for no more money.
    """
    while True:
        cost, minutes = float(offers.cost[chosen].sum()), float(offers.minutes[chosen].sum())
        others = [choose_in_order(offers, score, budget=cost) for score in scores]
        best = max(others, key=lambda plan: plan.minutes, default=None)
        if best is None or best.minutes <= minutes:
            return chosen, others
        chosen = best.chosen
