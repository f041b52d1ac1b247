"""What falls due in the coming years whatever is decided today: ends of support, ends of planned life."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from rollcall_collector.model.plan import DueYear
from rollcall_collector.procurement.offers import life_end
from rollcall_collector.procurement.prices import Prices, price_replacement
from rollcall_collector.store.history.plan_totals import Alike

YEARS = 5


def look_ahead(prices: Prices, fleet: Iterable[Alike], *, this_year: int) -> tuple[DueYear, ...]:
    """This calendar year and the four after it. A device counts once, in the year of its first end.

    What was due in earlier years and is still in service falls due this year.
    """
    support, life, unpriced = [0] * YEARS, [0] * YEARS, [0] * YEARS
    cost = [0.0] * YEARS
    alike: Counter[tuple[date | None, date | None, str | None, float | None]] = Counter()
    for one in fleet:
        alike[one.support_until, one.purchased_on, one.platform, one.price] += one.devices
    for (support_until, purchased_on, platform, price), count in alike.items():
        lived_until = life_end(purchased_on, prices.planned_life_years)
        ends = [end for end in (support_until, lived_until) if end is not None]
        place = max(0, min(ends).year - this_year) if ends else YEARS
        if place >= YEARS:
            continue
        (support if min(ends) == support_until else life)[place] += count
        new = price_replacement(prices, platform=platform, paid=price)
        if new is None:
            unpriced[place] += count
        else:
            cost[place] += count * new
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
