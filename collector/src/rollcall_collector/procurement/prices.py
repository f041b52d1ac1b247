"""What a new battery, a repair or a whole new device costs the school, as far as somebody entered prices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rollcall_collector.model.part import Part

DEAR_SHARE = 0.5
"""A battery that costs more than this share of a new device is not changed any more (an assumption)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """Prices in the district's currency; None is not known, and never counted as nothing.

    `repair` is that of any part without a price of its own. `labour` is added once to whatever is done. `resale` is
    what an old device brings: under 1 a share of what was paid for it, else an amount. `replacement` is by platform;
    a device of a platform without one costs what was paid for it.
    """

    battery_swap: float | None = None
    disk_swap: float | None = None
    repair: float | None = None
    labour: float = 0.0
    resale: float = 0.0
    replacement: Mapping[str, float] = field(default_factory=dict)


def price_repair(prices: Prices, parts: Iterable[Part]) -> float | None:
    """What it costs to change these parts on one visit; None where the price of one is not known."""
    by_part = {"battery": prices.battery_swap, "disk": prices.disk_swap}
    total = prices.labour
    for part in parts:
        price = by_part.get(part, prices.repair)
        if price is None:
            return None
        total += price
    return total


def price_replacement(prices: Prices, *, platform: str | None, paid: float | None) -> float | None:
    """What a new device costs, with the work, less what the old one brings; `paid` is the old one's price."""
    new = prices.replacement.get(platform or "", paid)
    if new is None:
        return None
    brought = prices.resale * (new if paid is None else paid) if prices.resale < 1 else prices.resale
    return max(0.0, new + prices.labour - brought)
