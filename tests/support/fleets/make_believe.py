"""A make-believe district and its whole history, made once for the tests that look at it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from rollcall_agent.simulator.district import District, Plan, make_district
from rollcall_agent.simulator.life.device import Spread
from rollcall_agent.simulator.life.history import Life, Told

FIRST, LAST = date(2025, 11, 23), date(2026, 11, 20)
UNTIL = datetime(2026, 11, 20, 23, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Year:
    """A district, and each device's life with all it told until the end."""

    district: District
    lives: tuple[Life, ...]
    told: tuple[tuple[Told, ...], ...]


@cache
def school_year(devices: int, seed: int = 1, spread: Spread = "lemons", zone: str = "America/Chicago") -> Year:
    """A year of so many devices in three schools with a cart for each 25."""
    district = make_district(
        Plan(
            seed=seed,
            devices=devices,
            schools=3,
            carts=devices // 25,
            first=FIRST,
            last=LAST,
            zone=zone,
            spread=spread,
        )
    )
    lives = tuple(Life(district, device) for device in district.devices)
    return Year(district=district, lives=lives, told=tuple(_until(life) for life in lives))


def _until(life: Life) -> tuple[Told, ...]:
    found: list[Told] = []
    for told in life.days():
        if told[0][0] > UNTIL:
            break
        found += told
    return tuple(found)
