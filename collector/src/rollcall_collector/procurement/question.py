"""Checks a question about the budget before it is answered: money, sites, floors and caps, the rule tried out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from rollcall_collector.errors import PlanError, UnknownNameError
from rollcall_collector.model.plan import PlanQuestion, SiteBounds
from rollcall_collector.model.wording import say_money
from rollcall_collector.procurement.amount import read_amount
from rollcall_collector.procurement.knapsack import SiteRule


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The question in the store's keys; `sites` None: all devices, also those without a site."""

    sites: frozenset[int] | None
    rules: tuple[SiteRule, ...]
    currency: str = ""


def check(question: PlanQuestion, keys: Mapping[str, int], *, currency: str = "") -> Asked:
    """The question as it can be answered; `keys` are the known sites' by name.

    Raises PlanError and UnknownNameError saying what to ask instead.
    """
    _check_numbers(question)
    for name in (*question.sites, *(one.site for one in question.bounds)):
        if name not in keys:
            raise UnknownNameError(f"unknown site '{name}': sites are {', '.join(sorted(keys)) or 'none yet'}")
    for one in question.bounds:
        if question.sites and one.site not in question.sites:
            raise PlanError(f"{one.site} has a floor or cap but is not asked for: name it among the sites too")
        _check_bounds(one, question.budget, currency)
    floors = sum(one.floor for one in question.bounds)
    if floors > question.budget:
        budget, least = say_money(question.budget, currency), say_money(floors, currency)
        raise PlanError(f"the floors come to {least}, the budget is {budget}: raise it or lower a floor")
    return Asked(
        sites=frozenset(keys[name] for name in question.sites) if question.sites else None,
        rules=tuple(SiteRule(site=keys[one.site], floor=one.floor, cap=one.cap) for one in question.bounds),
        currency=currency,
    )


def check_floors(question: PlanQuestion, most: Mapping[str, float], *, currency: str = "") -> None:
    """Refuse a floor that cannot be spent; `most` is by site what everything that asks for it there would cost.

    Raises PlanError.
    """
    for one in question.bounds:
        there = most.get(one.site, 0.0)
        if one.floor > there:
            costs = f"all that asks for it there costs {say_money(there, currency)}"
            said = costs if there else "nothing there asks for it"
            floor = say_money(one.floor, currency)
            raise PlanError(f"{one.site} cannot spend its floor of {floor}, {said}: lower the floor")


def _check_numbers(question: PlanQuestion) -> None:
    if not isfinite(question.budget) or question.budget < 0:
        raise PlanError("the budget must be an amount of money, zero or more")
    if question.threshold is not None and not (isfinite(question.threshold) and question.threshold > 0):
        raise PlanError("the threshold must be above zero: 1.5 means one and a half times its peers")
    if question.wrong_share is not None and not 0 < question.wrong_share < 1:
        raise PlanError("the share of wrong names must lie between 0 and 1: 0.05 is one in twenty")


def _check_bounds(one: SiteBounds, budget: float, currency: str) -> None:
    ends = [one.floor] if one.cap is None else [one.floor, one.cap]
    if any(not isfinite(end) or end < 0 for end in ends):
        raise PlanError(f"{one.site}: a floor and a cap must be amounts of money, zero or more")
    floor = say_money(one.floor, currency)
    if one.cap is not None and one.floor > one.cap:
        raise PlanError(f"{one.site}: its floor of {floor} is above its cap of {say_money(one.cap, currency)}")
    if one.floor > budget:
        raise PlanError(f"{one.site}: its floor of {floor} is above the budget of {say_money(budget, currency)}")


def read_bounds(floors: Iterable[str], caps: Iterable[str]) -> tuple[SiteBounds, ...]:
    """Bounds as people write them, `Oak School=5000`, one of each kind a site. Raises PlanError."""
    least, most = _by_site(floors, "floor"), _by_site(caps, "cap")
    return tuple(
        SiteBounds(site=site, floor=least.get(site, 0.0), cap=most.get(site))
        for site in dict.fromkeys([*least, *most])
    )


def _by_site(written: Iterable[str], name: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in written:
        site, is_written, money = one.rpartition("=")
        if not is_written or not site.strip():
            raise PlanError(f"'{one}' is no {name}: write the site's name, = and the money, like 'Oak School=5000'")
        if site.strip() in found:
            raise PlanError(f"{site.strip()} has two {name}s: leave one out")
        found[site.strip()] = read_amount(money)
    return found
