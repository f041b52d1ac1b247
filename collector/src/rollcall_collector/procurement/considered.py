"""Weighs all that a plan may choose from, whatever the budget."""

from collections.abc import Mapping
from dataclasses import dataclass

from rollcall_collector.model.plan import DueYear, PlanQuestion
from rollcall_collector.procurement.candidates import Candidates, find_candidates
from rollcall_collector.procurement.due_years import look_ahead
from rollcall_collector.procurement.inputs import Fleet
from rollcall_collector.procurement.offers import Offer
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.procurement.proposals import Scales, Weighed
from rollcall_collector.procurement.question import Asked
from rollcall_collector.store.history.plan_inputs import Owned


@dataclass(frozen=True, kw_only=True, slots=True)
class Considered:
    """The devices asked about, what stands against them, and what could be done; `offers` are of what competes."""

    fleet: Fleet
    candidates: Candidates
    scales: Scales
    inside: Mapping[int, Owned]
    weighed: Weighed
    offers: tuple[Offer, ...]
    outlook: tuple[DueYear, ...]


def consider(fleet: Fleet, question: PlanQuestion, asked: Asked, settings: PlanSettings) -> Considered:
    """By the rule and the sites of this question, not by its money. Raises PlanError as `find_candidates` does."""
    candidates = find_candidates(fleet, question)
    scales = Scales(fleet, settings)
    inside = {key: one for key, one in fleet.owned.items() if asked.sites is None or one.site in asked.sites}
    alike = (one for one in fleet.alike if asked.sites is None or one.site in asked.sites)
    weighed = scales.weigh({key: those for key, those in candidates.by_device.items() if key in inside})
    return Considered(
        fleet=fleet,
        candidates=candidates,
        scales=scales,
        inside=inside,
        weighed=weighed,
        offers=tuple(scales.offer(one) for one in weighed.competing),
        outlook=look_ahead(settings.prices, alike, this_year=fleet.today.year),
    )
