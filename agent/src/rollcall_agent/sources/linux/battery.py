"""Reads how full the batteries are, what they still hold, and whether mains is there, as far as the kernel knows."""

from pathlib import Path

from rollcall_agent.sources.linux.files import folders, number, text
from rollcall_agent.sources.power import CYCLES_MAX, LEVEL_CLAIMED_MAX, LEVEL_MAX, WH_MAX, Battery, Power, tell
from rollcall_agent.sources.source import Host, Source

MICRO = 1e6
KEPT_MIN, KEPT_MAX = 0.002, 3.0
"""Of its design a battery holds neither a five-hundredth nor three times as much: then one of the two is in mWh."""
NOMINAL_VOLTS = 11.1
"""Three cells: for a battery that names no voltage at all. What it holds of its design is right with any."""
VOLTAGES = ("voltage_min_design", "voltage_max_design", "voltage_now")
"""Where the voltage stands, the steadiest first."""
SUPPLIES = ("Mains", "USB", "Wireless")
"""Kinds of supply that bring power in, by how their type begins (USB_C, USB_PD, …)."""


def read(host: Host) -> Power:
    """Every battery and supply of the device itself. A mouse's battery has the scope Device and is none of ours."""
    own = [one for one in folders(host.path("sys/class/power_supply")) if text(one / "scope") != "Device"]
    online = [number(one / "online") for one in own if (text(one / "type") or "").startswith(SUPPLIES)]
    known = [one for one in online if one is not None]
    return Power(
        batteries=tuple(_battery(one) for one in own if _is_battery(one)),
        has_mains=any(known) if known else None,
    )


def _is_battery(path: Path) -> bool:
    return text(path / "type") == "Battery" and number(path / "present") != 0


def _battery(path: Path) -> Battery:
    cycles = number(path / "cycle_count") or 0  # 0 is what firmware says that does not count
    now, full, design = (_watt_hours(path, which) for which in ("now", "full", "full_design"))
    if full and design and not KEPT_MIN < full / design < KEPT_MAX:
        design = None
    return Battery(
        level_percent=_percent(path),
        now_wh=now,
        full_wh=full or None,
        design_wh=design or None,
        cycles=cycles if 0 < cycles <= CYCLES_MAX else None,
        status=text(path / "status"),
    )


def _watt_hours(path: Path, which: str) -> float | None:
    """µWh directly, or µAh times the battery's voltage: the two must not be mixed."""
    energy, charge = number(path / f"energy_{which}"), number(path / f"charge_{which}")
    if energy is None and charge is not None:
        volts = _volts(path)
        found = None if volts is None else charge / MICRO * volts
    else:
        found = None if energy is None else energy / MICRO
    return round(found, 3) if found is not None and 0 <= found <= WH_MAX else None


def _volts(path: Path) -> float | None:
    """The battery's voltage; where it names none, the usual one if there is a ratio to tell by it."""
    told = next((volts for name in VOLTAGES if (volts := number(path / name) or 0) > 0), None)
    if told is not None:
        return told / MICRO
    has_ratio = all(number(path / f"charge_{which}") for which in ("full", "full_design"))
    return NOMINAL_VOLTS if has_ratio else None


def _percent(path: Path) -> float | None:
    """The level as the kernel says it; else what is in it of what it holds when full."""
    told = number(path / "capacity")
    if told is not None and 0 <= told <= LEVEL_CLAIMED_MAX:
        return float(min(LEVEL_MAX, told))
    for kind in ("energy", "charge"):
        now, full = number(path / f"{kind}_now"), number(path / f"{kind}_full")
        is_sane = full is not None and 0 < full / MICRO <= WH_MAX
        if now is not None and full and is_sane and 0 <= now <= full * LEVEL_CLAIMED_MAX / LEVEL_MAX:
            return round(min(100.0, 100 * now / full), 1)
    return None


SOURCE = Source(name="battery", rhythm="vitals", needs="nothing", read=read, tell=tell)
