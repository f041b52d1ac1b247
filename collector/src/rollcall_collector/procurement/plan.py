"""Answers a buyer's question: for this budget, what to claim, to repair and to replace, and what that wins back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from rollcall_collector.errors import PlanError
from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.model.device import Device
from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.plan import FleetPlan, ListedDevice, PlanQuestion, PlanRow
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.procurement.baselines import compare, score_rivals
from rollcall_collector.procurement.candidates import Candidates, Ground
from rollcall_collector.procurement.considered import Considered
from rollcall_collector.procurement.kept_plans import KeptPlans
from rollcall_collector.procurement.kept_prices import with_kept_prices
from rollcall_collector.procurement.knapsack import ImpossiblePlanError
from rollcall_collector.procurement.leftovers import spend_rest
from rollcall_collector.procurement.offers import Choice, Offer, choose_among
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.procurement.proposals import Proposal
from rollcall_collector.procurement.question import Asked, check, check_floors
from rollcall_collector.store.devices import devices_by_key
from rollcall_collector.store.sites import list_sites

_PART = 500
"""Devices a question: a database takes only so many names in one."""
_EVERYTHING = 1e12
"""More money than any district has: what is proposed is then the whole list."""


def make_plan(
    connection: Connection,
    scope: Scope,
    question: PlanQuestion,
    *,
    settings: PlanSettings,
    now: datetime,
    kept: KeptPlans | None = None,
) -> FleetPlan:
    """The plan for a budget, from the last judging, the flags as people left them, and the prices they entered.

    Devices, sites and money are those in scope; a rule that is tried out is tried on these devices. `kept` remembers
    for whoever asks again.
    Raises PlanError for a question that contradicts itself, and UnknownNameError for a site that is not there.
    """
    settings = with_kept_prices(connection, settings)
    decided = _decide(connection, scope, question, settings, now, kept)
    found, rivals, chosen, outside = decided.found, decided.rivals, decided.chosen, decided.outside
    fleet, scales, weighed = found.fleet, found.scales, found.weighed
    rest = spend_rest(scales, weighed.refreshes, chosen, budget=question.budget, rules=decided.asked.rules)
    is_comparable = bool(rivals) and not weighed.unpriced
    limit = settings.prices.lesson_hour
    left = {one.device: one.state for one in fleet.flags if one.found.finding == UNRELIABLE}
    listed = [key for key in found.candidates.lists.replace if key in found.inside]
    shown = _shown(connection, scope, (chosen, outside, weighed.claims, weighed.refreshes, weighed.unpriced), listed)
    rows = partial(_rows, shown=shown, lesson_hour=limit)
    return FleetPlan(
        question=question,
        made_on=fleet.today,
        run=None if fleet.run is None else fleet.run.run,
        is_enough=fleet.run is not None and fleet.run.is_enough,
        chosen=rows(chosen),
        outside=rows(outside),
        claims=rows(weighed.claims),
        refreshes=rows(weighed.refreshes),
        unpriced=rows(weighed.unpriced),
        cost=round(sum(one.remedy.cost or 0.0 for one in chosen), 2),
        minutes=round(sum(one.minutes for one in (*chosen, *weighed.claims)), 1),
        comparisons=compare(scales, weighed.competing, chosen, rivals) if is_comparable else (),
        outlook=found.outlook,
        lists=_count(found.candidates, found.inside),
        lesson_hour=limit,
        currency=settings.prices.currency,
        listed=tuple(_listed(key, shown[key], left.get(key), found.candidates) for key in sorted(listed)),
        with_the_rest=rows(rest),
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
    decided = _decide(connection, scope, replace(question, budget=_EVERYTHING), settings, now, kept)
    return round(sum(round(one.remedy.cost or 0.0, 2) for one in decided.chosen), 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Decided:
    """What is done for the money, and of what is left out the best for each device; `rivals` by name as scored."""

    asked: Asked
    found: Considered
    rivals: Mapping[str, Sequence[float]]
    chosen: Sequence[Proposal]
    outside: Sequence[Proposal]


def _decide(  # noqa: PLR0917  # as the plan itself is asked for
    connection: Connection,
    scope: Scope,
    question: PlanQuestion,
    settings: PlanSettings,
    now: datetime,
    kept: KeptPlans | None,
) -> _Decided:
    sites = list_sites(connection, scope)
    asked = check(question, sites, currency=settings.prices.currency)
    found = (kept or KeptPlans()).consider(connection, scope, question, asked, settings, now.date())
    competing = found.weighed.competing
    rivals = {} if asked.rules else score_rivals(found.fleet, competing)
    choice = _choose(question, asked, found.offers, sites, rivals.values())
    return _Decided(
        asked=asked,
        found=found,
        rivals=rivals,
        chosen=[competing[place] for place in choice.chosen],
        outside=[competing[place] for place in choice.outside],
    )


def _choose(
    question: PlanQuestion,
    asked: Asked,
    offers: Sequence[Offer],
    sites: Iterable[Site],
    rivals: Iterable[Sequence[float]],
) -> Choice:
    dearest: dict[int, dict[int, float]] = defaultdict(dict)
    for one in offers:
        dearest[one.site][one.device] = max(one.cost, dearest[one.site].get(one.device, 0.0))
    most = {site.name: sum(dearest[site.site].values()) for site in sites}
    check_floors(question, most, currency=asked.currency)
    try:
        return choose_among(offers, budget=question.budget, rules=asked.rules, rivals=rivals)
    except ImpossiblePlanError as error:
        raise PlanError(
            f"{error}; prices come in whole devices, so a floor and a cap need room between them"
        ) from None


def _shown(
    connection: Connection, scope: Scope, groups: Iterable[Sequence[Proposal]], also: Iterable[int]
) -> dict[int, Device]:
    keys = tuple(dict.fromkeys([*(one.device for group in groups for one in group), *also]))
    return {
        device.device: device
        for start in range(0, len(keys), _PART)
        for device in devices_by_key(connection, scope, keys[start : start + _PART])
    }


def _rows(
    proposals: Iterable[Proposal], *, shown: Mapping[int, Device], lesson_hour: float | None
) -> tuple[PlanRow, ...]:
    return tuple(_row(one, shown[one.device], lesson_hour) for one in proposals)


def _listed(key: int, device: Device, left: FlagState | None, candidates: Candidates) -> ListedDevice:
    by_chance = 1 - max(row.probability for row in candidates.lists.rows[key])
    place = _place(candidates.by_device.get(key, ()), left)
    return ListedDevice(device=device, place=place, by_chance=round(by_chance, 4))


def _place(grounds: Sequence[Ground], left: FlagState | None) -> str:
    """What its own flag asks for where it is acted on, how that flag was left, or what says better what ails it."""
    for one in grounds:
        if one.found.finding == UNRELIABLE:
            return one.found.verdict
    if left is not None and left != "closed":
        return left
    return grounds[0].found.verdict if grounds else "watch"


def _is_worth(one: Proposal, per_hour: float | None, lesson_hour: float | None) -> bool:
    """What is not measured is not called dear."""
    if lesson_hour is None or not one.remedy.cost or one.remedy.won.unmeasured:
        return True
    return per_hour is not None and per_hour <= lesson_hour


def _row(one: Proposal, device: Device, lesson_hour: float | None) -> PlanRow:
    first, remedy = one.answers[0], one.remedy
    per_hour = None if remedy.cost is None or one.minutes <= 0 else 60 * remedy.cost / one.minutes
    probability = first.found.evidence.get("probability")
    return PlanRow(
        device=device,
        step=remedy.step,
        part=" and ".join(remedy.parts) or None,
        cost=None if remedy.cost is None else round(remedy.cost, 2),
        minutes_yearly=round(one.minutes / one.years, 1),
        minutes=round(one.minutes, 1),
        flag=first.flag,
        flag_state=first.state,
        finding=first.found.finding,
        sentence=" ".join(dict.fromkeys(answer.found.sentence for answer in one.answers)),
        evidence=first.found.evidence,
        probability=probability if isinstance(probability, float) else None,
        unmeasured=remedy.won.unmeasured,
        cost_per_hour=None if per_hour is None else round(per_hour, 2),
        is_worth=_is_worth(one, per_hour, lesson_hour),
    )


def _count(candidates: Candidates, inside: Mapping[int, object]) -> dict[str, int]:
    return {
        "replace": sum(key in inside for key in candidates.lists.replace),
        "watch": sum(key in inside for key in candidates.lists.watch),
    }
