"""Answers a buyer's question: for this budget, what to claim, to repair and to replace, and what that wins back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from rollcall_collector.errors import PlanError
from rollcall_collector.model.device import Device
from rollcall_collector.model.plan import (
    FleetPlan,
    KeyedPlan,
    ListedDevice,
    ListedKey,
    PlanLine,
    PlanQuestion,
    PlanRow,
)
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.amount import AMOUNT_MAX
from rollcall_collector.procurement.baselines import compare
from rollcall_collector.procurement.considered import Considered
from rollcall_collector.procurement.kept_plans import KeptPlans
from rollcall_collector.procurement.kept_prices import with_kept_prices
from rollcall_collector.procurement.knapsack import ImpossiblePlanError
from rollcall_collector.procurement.leftovers import spend_rest
from rollcall_collector.procurement.offers import Choice, choose_among
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.procurement.question import Asked, check, check_floors
from rollcall_collector.store.devices import devices_by_key
from rollcall_collector.store.sites import site_keys

PLAN_PARTS = ("chosen", "outside", "claims", "refreshes", "unpriced", "with_the_rest")
_PART = 500
"""Devices a question: a database takes only so many names in one."""


def make_plan(
    connection: Connection,
    scope: Scope,
    question: PlanQuestion,
    *,
    settings: PlanSettings,
    now: datetime,
    kept: KeptPlans | None = None,
) -> FleetPlan:
    """The plan of `decide_plan`, each device with all that is known of it now. Raises as that does."""
    plan = decide_plan(connection, scope, question, settings=settings, now=now, kept=kept)
    return show_plan(connection, scope, plan)


def decide_plan(
    connection: Connection,
    scope: Scope,
    question: PlanQuestion,
    *,
    settings: PlanSettings,
    now: datetime,
    kept: KeptPlans | None = None,
) -> KeyedPlan:
    """The plan for a budget, from the last judging, the flags as people left them, and the prices they entered.

    Devices, sites and money are those in scope; a rule that is tried out is tried on these devices. `kept` remembers
    for whoever asks again.
    Raises PlanError for a question that contradicts itself, and UnknownNameError for a site that is not there.
    """
    settings = with_kept_prices(connection, settings)
    asked, found = _consider(connection, scope, question, settings, now, kept)
    choice = _choose(question, asked, found)
    chosen = [found.offers[place] for place in choice.chosen]
    is_comparable = not asked.rules and not found.unpriced
    run = found.fleet.run
    return KeyedPlan(
        question=question,
        made_on=found.fleet.today,
        run=None if run is None else run.run,
        is_enough=run is not None and run.is_enough,
        chosen=tuple(found.competing[place] for place in choice.chosen),
        outside=tuple(found.competing[place] for place in choice.outside),
        claims=found.claims,
        refreshes=found.refreshes,
        unpriced=found.unpriced,
        cost=round(sum(one.cost for one in chosen), 2),
        minutes=round(sum(one.minutes for one in chosen) + found.claimed_minutes, 1),
        comparisons=compare(chosen, dict(zip(found.scores, choice.rivals, strict=True))) if is_comparable else (),
        outlook=found.outlook,
        lists=found.lists,
        lesson_hour=settings.prices.lesson_hour,
        currency=settings.prices.currency,
        listed=found.listed,
        due=found.due,
        with_the_rest=spend_rest(found.overdue, chosen, budget=question.budget, rules=asked.rules),
    )


def price_everything(
    connection: Connection,
    scope: Scope,
    question: PlanQuestion,
    *,
    settings: PlanSettings,
    now: datetime,
    kept: KeptPlans | None = None,
) -> float:
    """What the plan would cost if money did not matter; of the question all but its budget counts. Raises as above."""
    settings = with_kept_prices(connection, settings)
    rich = replace(question, budget=AMOUNT_MAX)
    asked, found = _consider(connection, scope, rich, settings, now, kept)
    if not asked.rules:
        return found.everything
    chosen = _choose(rich, asked, found).chosen
    return round(sum(round(found.offers[place].cost, 2) for place in chosen), 2)


def show_plan(connection: Connection, scope: Scope, plan: KeyedPlan, at_most: int | None = None) -> FleetPlan:
    """The plan with its devices as they are now, of each part at most so many: a district's has thousands."""
    lines = {name: getattr(plan, name)[:at_most] for name in PLAN_PARTS}
    listed = plan.listed[:at_most]
    shown = planned_devices(connection, scope, (one.key for group in (*lines.values(), listed) for one in group))
    parts: dict[str, Any] = {name: show_lines(group, shown=shown) for name, group in lines.items()}
    return FleetPlan(**_fields(plan) | parts | {"listed": show_listed(listed, shown=shown)})


def planned_devices(connection: Connection, scope: Scope, keys: Iterable[int]) -> dict[int, Device]:
    """These devices of a plan as they are now, by key."""
    wanted = tuple(dict.fromkeys(keys))
    return {
        device.device: device
        for start in range(0, len(wanted), _PART)
        for device in devices_by_key(connection, scope, wanted[start : start + _PART])
    }


def show_lines(lines: Iterable[PlanLine], *, shown: Mapping[int, Device]) -> tuple[PlanRow, ...]:
    """These lines of a plan with their devices."""
    return tuple(PlanRow(**_fields(one), device=shown[one.key]) for one in lines)


def show_listed(listed: Iterable[ListedKey], *, shown: Mapping[int, Device]) -> tuple[ListedDevice, ...]:
    """These names of the replace list with their devices."""
    return tuple(ListedDevice(**_fields(one), device=shown[one.key]) for one in listed)


def _fields(one: KeyedPlan | PlanLine | ListedKey) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def _consider(  # noqa: PLR0917  # as the plan itself is asked for
    connection: Connection,
    scope: Scope,
    question: PlanQuestion,
    settings: PlanSettings,
    now: datetime,
    kept: KeptPlans | None,
) -> tuple[Asked, Considered]:
    asked = check(question, site_keys(connection, scope), currency=settings.prices.currency)
    return asked, (kept or KeptPlans()).consider(connection, scope, question, asked, settings, now.date())


def _choose(question: PlanQuestion, asked: Asked, found: Considered) -> Choice:
    if asked.rules:
        dearest: dict[int, dict[int, float]] = defaultdict(dict)
        for one in found.offers:
            dearest[one.site][one.device] = max(one.cost, dearest[one.site].get(one.device, 0.0))
        bounds = zip(question.bounds, asked.rules, strict=True)
        most = {bound.site: sum(dearest[rule.site].values()) for bound, rule in bounds}
        check_floors(question, most, currency=asked.currency)
    rivals = () if asked.rules else found.scores.values()
    try:
        return choose_among(found.columns, budget=question.budget, rules=asked.rules, rivals=rivals)
    except ImpossiblePlanError as error:
        raise PlanError(
            f"{error}; prices come in whole devices, so a floor and a cap need room between them"
        ) from None
