"""Weighs all that a plan may choose from, whatever the budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rollcall_collector.model.plan import DueModel, DueYear, ListedKey, PlanLine, PlanQuestion
from rollcall_collector.procurement.amount import AMOUNT_MAX
from rollcall_collector.procurement.baselines import score_rivals
from rollcall_collector.procurement.candidates import Candidates, find_candidates
from rollcall_collector.procurement.due_years import look_ahead
from rollcall_collector.procurement.inputs import Fleet
from rollcall_collector.procurement.knapsack import Offers
from rollcall_collector.procurement.lines import group_due, list_named, write_lines
from rollcall_collector.procurement.offers import Offer, as_columns, choose_among
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.procurement.proposals import Scales
from rollcall_collector.procurement.question import Asked


@dataclass(frozen=True, kw_only=True, slots=True)
class Considered:
    """What could be done with the devices asked about, and everything that the budget does not change.

    `offers`, their `columns` and the `scores` of each simple rule, by its name, stand beside `competing`, one a line.
    `everything` is what all of it costs that competes, without floors and caps. `overdue` are refreshes of devices out
    of support, with what they cost; `lists` counts the replace and the watch list. `claimed_minutes` are won back by
    the claims.
    """

    fleet: Fleet
    candidates: Candidates
    competing: tuple[PlanLine, ...]
    offers: tuple[Offer, ...]
    columns: Offers = field(compare=False)  # arrays
    everything: float
    scores: Mapping[str, Sequence[float]]
    claims: tuple[PlanLine, ...]
    claimed_minutes: float
    refreshes: tuple[PlanLine, ...]
    overdue: tuple[tuple[PlanLine, Offer], ...]
    unpriced: tuple[PlanLine, ...]
    lists: Mapping[str, int]
    listed: tuple[ListedKey, ...]
    due: tuple[DueModel, ...]
    outlook: tuple[DueYear, ...]


def consider(fleet: Fleet, question: PlanQuestion, asked: Asked, settings: PlanSettings) -> Considered:
    """By the rule and the sites of this question, not by its money."""
    candidates = find_candidates(fleet, question)
    scales = Scales(fleet, settings)
    places = {one.device: one.site for one in fleet.flags} | {key: one.site for key, one in fleet.owned.items()}
    inside = {key for key, site in places.items() if asked.sites is None or site in asked.sites}
    alike = (one for one in fleet.alike if asked.sites is None or one.site in asked.sites)
    weighed = scales.weigh({key: those for key, those in candidates.by_device.items() if key in inside})
    limit = settings.prices.lesson_hour
    refreshes = write_lines(weighed.refreshes, limit)
    offers = tuple(scales.offer(one) for one in weighed.competing)
    columns, scores = as_columns(offers), score_rivals(fleet, weighed.competing)
    best = choose_among(columns, budget=AMOUNT_MAX, rivals=scores.values())
    return Considered(
        fleet=fleet,
        candidates=candidates,
        competing=write_lines(weighed.competing, limit),
        offers=offers,
        columns=columns,
        everything=round(sum(round(offers[place].cost, 2) for place in best.chosen), 2),
        scores=scores,
        claims=write_lines(weighed.claims, limit),
        claimed_minutes=sum(one.minutes for one in weighed.claims),
        refreshes=refreshes,
        overdue=tuple(
            (line, scales.offer(one))
            for line, one in zip(refreshes, weighed.refreshes, strict=True)
            if one.remedy.cost is not None and scales.is_unsupported(one.device)
        ),
        unpriced=write_lines(weighed.unpriced, limit),
        lists={
            "replace": sum(key in inside for key in candidates.lists.replace),
            "watch": sum(key in inside for key in candidates.lists.watch),
        },
        listed=list_named(fleet, candidates, inside),
        due=group_due(refreshes, fleet.owned),
        outlook=look_ahead(settings.prices, alike, this_year=fleet.today.year),
    )
