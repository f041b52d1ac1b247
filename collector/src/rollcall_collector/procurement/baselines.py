"""What the same money would buy if it went to the oldest devices first, or to those that failed most often."""

from collections.abc import Iterable

from rollcall_collector.model.plan import Comparison
from rollcall_collector.procurement.candidates import Candidates
from rollcall_collector.procurement.inputs import Fleet
from rollcall_collector.procurement.offers import Bought, Offer, buy_in_order
from rollcall_collector.procurement.proposals import Proposal, Scales
from rollcall_collector.store.plan_inputs import Owned

OURS, OLDEST, MOST = "this plan", "oldest first", "most failures first"
_UNKNOWN = float("-inf")


def compare(
    fleet: Fleet,
    candidates: Candidates,
    scales: Scales,
    owned: Iterable[Owned],
    chosen: Iterable[Proposal],
    *,
    budget: float,
) -> tuple[Comparison, ...]:
    """The plan beside two simple rules, by one reckoning of minutes. Claims count in none of them: they are free.

    The rules replace any of the `owned` devices that has a price, in which claimed ones do not stand: nobody would pay
    for what the vendor owes. Who bought when nobody knows comes last.
    """
    offers: list[Offer] = []
    ages: list[float] = []
    counts: list[float] = []
    for one in owned:
        offer = scales.replace_anyway(one, candidates.by_device.get(one.device, ()))
        if offer is None:
            continue
        offers.append(offer)
        ages.append(_UNKNOWN if one.purchased_on is None else -float(one.purchased_on.toordinal()))
        counts.append(float(fleet.count(one)))
    taken = [scales.offer(one) for one in chosen]
    ours = Bought(devices=len(taken), cost=sum(one.cost for one in taken), minutes=sum(one.minutes for one in taken))
    return (
        _named(OURS, ours),
        _named(OLDEST, buy_in_order(offers, ages, budget=budget)),
        _named(MOST, buy_in_order(offers, counts, budget=budget)),
    )


def _named(name: str, bought: Bought) -> Comparison:
    return Comparison(name=name, devices=bought.devices, cost=round(bought.cost, 2), minutes=round(bought.minutes, 1))
