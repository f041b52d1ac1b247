"""What the money that a plan leaves over would refresh: devices out of support, those longest out of it first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rollcall_collector.procurement.knapsack import SiteRule
from rollcall_collector.procurement.proposals import Proposal, Scales


def spend_rest(
    scales: Scales,
    refreshes: Iterable[Proposal],
    chosen: Iterable[Proposal],
    *,
    budget: float,
    rules: Sequence[SiteRule] = (),
) -> tuple[Proposal, ...]:
    """The overdue refreshes (in the order given) that fit into what is left, no site getting more than its cap.

    A device that the plan serves already is not refreshed beside it; one without a price is passed over.
    """
    chosen = tuple(chosen)
    served = {one.device for one in chosen}
    spent: dict[int, float] = defaultdict(float)
    for taken in map(scales.offer, chosen):
        spent[taken.site] += taken.cost
    left = budget - sum(spent.values())
    caps = {rule.site: rule.cap for rule in rules if rule.cap is not None}
    found = []
    for one in refreshes:
        if one.device in served or one.remedy.cost is None or not scales.is_unsupported(one.device):
            continue
        offer = scales.offer(one)
        room = min(left, caps.get(offer.site, left + spent[offer.site]) - spent[offer.site])
        if offer.cost <= room:
            found.append(one)
            left -= offer.cost
            spent[offer.site] += offer.cost
    return tuple(found)
