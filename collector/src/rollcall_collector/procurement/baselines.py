"""What the same money buys where the same devices are served oldest first, or those that failed most often first."""

from collections.abc import Mapping, Sequence

from rollcall_collector.model.plan import Comparison
from rollcall_collector.procurement.inputs import Fleet
from rollcall_collector.procurement.offers import Bought, Offer
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


def compare(chosen: Sequence[Offer], rivals: Mapping[str, Bought]) -> tuple[Comparison, ...]:
    """The plan beside the simple rules: the same offers, no more money than it spends, one reckoning of minutes.

    Claims count in none of them, they are free; nor do refreshes, which go by their date whoever chooses.
    """
    ours = Bought(
        devices=len(chosen), cost=sum(one.cost for one in chosen), minutes=sum(one.minutes for one in chosen)
    )
    return (_named(OURS, ours), *(_named(name, bought) for name, bought in rivals.items()))


def _named(name: str, bought: Bought) -> Comparison:
    return Comparison(name=name, devices=bought.devices, cost=round(bought.cost, 2), minutes=round(bought.minutes, 1))
