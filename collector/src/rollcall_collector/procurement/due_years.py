"""What falls due in the coming years whatever is decided today: ends of support, ends of planned life."""

from collections.abc import Iterable

from rollcall_collector.model.plan import DueYear
from rollcall_collector.procurement.offers import life_end
from rollcall_collector.procurement.proposals import Scales
from rollcall_collector.store.history.plan_inputs import Owned

YEARS = 5


def look_ahead(
    scales: Scales, owned: Iterable[Owned], *, this_year: int, planned_life_years: int
) -> tuple[DueYear, ...]:
    """This calendar year and the four after it. A device counts once, in the year of its first end.

    What was due in earlier years and is still in service falls due this year.
    """
    support, life, unpriced = [0] * YEARS, [0] * YEARS, [0] * YEARS
    cost = [0.0] * YEARS
    for one in owned:
        lived_until = life_end(one.purchased_on, planned_life_years)
        ends = [end for end in (one.support_until, lived_until) if end is not None]
        place = max(0, min(ends).year - this_year) if ends else YEARS
        if place >= YEARS:
            continue
        (support if min(ends) == one.support_until else life)[place] += 1
        price = scales.new_price(one)
        if price is None:
            unpriced[place] += 1
        else:
            cost[place] += price
    return tuple(
        DueYear(
            year=this_year + place,
            support_ends=support[place],
            life_ends=life[place],
            cost=round(cost[place], 2),
            unpriced=unpriced[place],
        )
        for place in range(YEARS)
    )
