"""What the money that a plan leaves over would refresh: devices out of support, those longest out of it first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rollcall_collector.model.plan import PlanLine
from rollcall_collector.procurement.knapsack import SiteRule
from rollcall_collector.procurement.offers import Offer


def spend_rest(
    overdue: Iterable[tuple[PlanLine, Offer]],
    chosen: Sequence[Offer],
    *,
    budget: float,
    rules: Sequence[SiteRule] = (),
) -> tuple[PlanLine, ...]:
    """The overdue refreshes (in the order given) that fit into what is left, no site getting more than its cap.

    A device that the plan serves already is not refreshed beside it.
    """
    served = {one.device for one in chosen}
    spent: dict[int, float] = defaultdict(float)
    for taken in chosen:
        spent[taken.site] += taken.cost
    left = budget - sum(spent.values())
    caps = {rule.site: rule.cap for rule in rules if rule.cap is not None}
    found = []
    for line, offer in overdue:
        if offer.device in served:
            continue
        room = min(left, caps.get(offer.site, left + spent[offer.site]) - spent[offer.site])
        if offer.cost <= room:
            found.append(line)
            left -= offer.cost
            spent[offer.site] += offer.cost
    return tuple(found)
