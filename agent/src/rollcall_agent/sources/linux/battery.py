"""Tells how full the batteries are and what they still hold, from what the kernel knows of them."""

from dataclasses import dataclass
from pathlib import Path

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.linux.files import folders, number, text
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.reports import Vitals

MICRO = 1e6
WH_MAX = 1000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Battery:
    """One battery as the kernel tells of it. Energies in watt-hours; None where it does not say."""

    level_percent: float | None
    now_wh: float | None
    full_wh: float | None
    design_wh: float | None
    cycles: int | None
    status: str | None


def read(host: Host) -> tuple[Battery, ...]:
    """Every battery of the device itself. A mouse's battery has the scope Device and is none of ours."""
    found = folders(host.path("sys/class/power_supply"))
    return tuple(_battery(one) for one in found if _is_own(one))


def tell(batteries: tuple[Battery, ...], past: Past) -> Told:
    """The batteries as one: energies summed, and only where each of them tells; a device without one says nothing."""
    if not batteries:
        return Told()
    level, charging = _level(batteries), _charging(batteries)
    vitals = Vitals(
        battery_level_percent=level,
        is_charging=charging,
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


def _is_own(path: Path) -> bool:
    return text(path / "type") == "Battery" and text(path / "scope") != "Device" and number(path / "present") != 0


def _battery(path: Path) -> Battery:
    # µWh directly, or µAh times the voltage it was designed for: the two must not be mixed.
    design = _watt_hours(path, "full_design")
    return Battery(
        level_percent=_percent(number(path / "capacity")),
        now_wh=_watt_hours(path, "now"),
        full_wh=_watt_hours(path, "full") or None,
        design_wh=design or None,
        cycles=number(path / "cycle_count") or None,  # 0 is what firmware says that does not count
        status=text(path / "status"),
    )


def _watt_hours(path: Path, which: str) -> float | None:
    energy = number(path / f"energy_{which}")
    charge, volts = number(path / f"charge_{which}"), number(path / "voltage_min_design")
    if energy is not None:
        found = energy / MICRO
    elif charge is not None and volts:
        found = charge / MICRO * volts / MICRO
    else:
        return None
    return round(found, 3) if 0 <= found <= WH_MAX else None


def _percent(value: int | None) -> float | None:
    return float(value) if value is not None and 0 <= value <= 100 else None  # noqa: PLR2004  # percent


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 3) if len(known) == len(values) else None


def _level(batteries: tuple[Battery, ...]) -> float | None:
    if len(batteries) == 1:
        return batteries[0].level_percent
    now, full = _sum([one.now_wh for one in batteries]), _sum([one.full_wh for one in batteries])
    return round(min(100.0, 100 * now / full), 1) if now is not None and full else None


def _charging(batteries: tuple[Battery, ...]) -> bool | None:
    known = {one.status for one in batteries if one.status in {"Charging", "Discharging", "Not charging", "Full"}}
    return "Charging" in known if known else None


SOURCE = Source(name="battery", rhythm="vitals", needs="nothing", read=read, tell=tell)
