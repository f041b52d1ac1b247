"""Tells how full the batteries are, what they still hold, and whether mains is there, whoever asked them."""

from dataclasses import dataclass

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Past, Told
from rollcall_wire.reports import Vitals

WH_MAX = 1000.0
LEVEL_MAX, LEVEL_CLAIMED_MAX = 100, 150
"""A battery that holds more than its design says so (111 was seen): it is full. 255 is a byte that nobody wrote."""
CYCLES_MAX = 10_000
"""Three a day for nine years. -1, 32,767, 65,535 and 4,294,967,295 are firmware's words for not knowing."""
ON_MAINS = frozenset({"Charging", "Full", "Not charging"})
"""What a battery's status says on mains, where no supply speaks for itself: held at a limit, it is not charging."""
STATUSES = ON_MAINS | {"Discharging"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Battery:
    """One battery as the kernel tells of it. Energies in watt-hours; None where it does not say."""

    level_percent: float | None
    now_wh: float | None
    full_wh: float | None
    design_wh: float | None
    cycles: int | None
    status: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Power:
    """The batteries, and whether any supply brings power; None where no supply is known."""

    batteries: tuple[Battery, ...]
    has_mains: bool | None


def tell(power: Power, past: Past) -> Told:
    """The batteries as one: energies summed, and only where each of them tells; a device without one says nothing."""
    batteries = power.batteries
    if not batteries:
        return Told()
    level, charging = _level(batteries), _charging(batteries)
    vitals = Vitals(
        battery_level_percent=level,
        is_charging=charging,
        is_plugged_in=_plugged_in(power),
        battery_full_wh=_sum([one.full_wh for one in batteries]),
        battery_design_wh=_sum([one.design_wh for one in batteries]),
        battery_cycles=max((one.cycles for one in batteries if one.cycles), default=None),
    )
    mark = past.recall("battery")
    before = last_before(mark, boot_id=past.boot_id)
    kept = marking(boot=past.boot_id, level=level, is_charging=charging, before=before)
    return Told(vitals=vitals, mark=kept, has_found=True)


def last_before(mark: str | None, *, boot_id: str) -> tuple[float | None, bool | None]:
    """The last level and whether it was charging in the run before this start, as far as remembered."""
    last = marked(mark)
    if last.get("boot") == boot_id:
        level, is_charging = last.get("before") or (None, None)
        return level, is_charging
    return last.get("level"), last.get("is_charging")


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 3) if len(known) == len(values) else None


def _level(batteries: tuple[Battery, ...]) -> float | None:
    if len(batteries) == 1:
        return batteries[0].level_percent
    now, full = _sum([one.now_wh for one in batteries]), _sum([one.full_wh for one in batteries])
    return round(min(100.0, 100 * now / full), 1) if now is not None and full else None


def _charging(batteries: tuple[Battery, ...]) -> bool | None:
    known = {one.status for one in batteries} & STATUSES
    return "Charging" in known if known else None


def _plugged_in(power: Power) -> bool | None:
    if power.has_mains is not None and not _charging(power.batteries):
        return power.has_mains  # some supplies do not know of USB-C; what charges has power all the same
    return True if any(one.status in ON_MAINS for one in power.batteries) else None
