"""What a new battery, a repair or a whole new device costs the school, as far as somebody entered prices."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import Annotated, ClassVar

from annotated_types import Ge, Le, Predicate

from rollcall_collector.model.part import Part
from rollcall_collector.procurement.minutes_table import MinutesTable

DEAR_SHARE = 0.5
"""A battery that costs more than this share of a new device is not changed any more (an assumption)."""


Money = Annotated[float, Ge(0), Predicate(isfinite)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """Prices in the district's currency; None is not known, and never counted as nothing.

    The section [prices] of the settings. `repair` is that of any part without a price of its own. `labour` is added
    once to whatever is done. `resale` is what an old device brings: under 1 a share of what was paid for it, else an
    amount. A device of a platform without a replacement's price costs what was paid for it. `currency` stands beside
    amounts. Devices are bought for `planned_life_years`. What costs more than `lesson_hour` for each lesson hour it
    wins back is not worth the money (200 is an assumption; None draws no such line).
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    battery_swap: Money | None = None
    disk_swap: Money | None = None
    repair: Money | None = None
    labour: Money = 0.0
    resale: Money = 0.0
    replacement_chromeos: Money | None = None
    replacement_ipados: Money | None = None
    replacement_windows: Money | None = None
    replacement_macos: Money | None = None
    replacement_linux: Money | None = None
    lesson_hour: Money | None = 200.0
    currency: str = ""
    planned_life_years: Annotated[int, Ge(1), Le(20)] = 6

    def replacement(self, platform: str | None) -> float | None:
        """What a new device of this platform costs."""
        found: float | None = getattr(self, f"replacement_{platform}", None)
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanSettings:
    """By what a plan reckons: minutes an incident, and prices."""

    minutes: MinutesTable = field(default_factory=MinutesTable)
    prices: Prices = field(default_factory=Prices)


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
    """What a new device costs, with the work, less what the old one brings; `paid` is the old one's price.

    A price of 0 that an older list left behind is not known: nobody buys the next one for nothing.
    """
    new = prices.replacement(platform)
    new = paid or None if new is None else new
    if new is None:
        return None
    brought = prices.resale * (new if paid is None else paid) if prices.resale < 1 else prices.resale
    return max(0.0, new + prices.labour - brought)
