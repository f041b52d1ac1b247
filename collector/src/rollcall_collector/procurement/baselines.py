"""What the same money buys where the same devices are served oldest first, or those that failed most often first."""

from collections.abc import Mapping, Sequence

from rollcall_collector.model.plan import Comparison
from rollcall_collector.procurement.inputs import Fleet
from rollcall_collector.procurement.offers import Bought, Offer, buy_in_order
from rollcall_collector.procurement.proposals import Proposal

OURS, OLDEST, MOST = "this plan", "oldest first", "most failures first"
_UNKNOWN = float("-inf")


def score_rivals(fleet: Fleet, competing: Sequence[Proposal]) -> dict[str, list[float]]:
    """By the name of each simple rule a score for every proposal; what was bought nobody knows when comes last."""
    owned = [fleet.owned[one.device] for one in competing]
    return {
        OLDEST: [_UNKNOWN if one.purchased_on is None else -float(one.purchased_on.toordinal()) for one in owned],
        MOST: [float(fleet.count(one)) for one in owned],
    }


def compare(
    offers: Sequence[Offer], chosen: Sequence[Offer], rivals: Mapping[str, Sequence[float]]
) -> tuple[Comparison, ...]:
    """The plan beside the simple rules: the same offers, no more money than it spends, one reckoning of minutes.

    Claims count in none of them, they are free; nor do refreshes, which go by their date whoever chooses.
    """
    spent = sum(one.cost for one in chosen)
    ours = Bought(devices=len(chosen), cost=spent, minutes=sum(one.minutes for one in chosen))
    others = (_named(name, buy_in_order(offers, score, budget=spent)) for name, score in rivals.items())
    return (_named(OURS, ours), *others)


def _named(name: str, bought: Bought) -> Comparison:
    return Comparison(name=name, devices=bought.devices, cost=round(bought.cost, 2), minutes=round(bought.minutes, 1))
