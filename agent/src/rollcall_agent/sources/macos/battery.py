"""Tells how full the battery is, what it still holds, and whether it wants service, from the power registry."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.macos.programs import plist, whole
from rollcall_agent.sources.power import CYCLES_MAX, Battery, Power
from rollcall_agent.sources.power import tell as tell_power
from rollcall_agent.sources.source import Host, Past, Source, Told

NOMINAL_VOLTS = 11.4
"""Three cells: macOS tells capacities in mAh and no design voltage. What is left of the design is right with any."""
PERCENT = 100
"""What MaxCapacity says on Apple silicon, where the level is a percentage; on Intel it is mAh."""
MILLI = 1000


def read(host: Host) -> Mapping[str, Any]:
    """The battery's entry in the registry; empty on a desktop."""
    return plist(host.run(("ioreg", "-a", "-r", "-c", "AppleSmartBattery")))


def tell(stated: Mapping[str, Any], past: Past) -> Told:
    """The battery's vitals, and a failure once its own controller calls it failed for good."""
    if not stated or stated.get("BatteryInstalled") is False:
        return Told()
    told = tell_power(parse(stated), past)
    is_failed = bool(whole(stated.get("PermanentFailureStatus")))
    was_failed = bool(marked(past.recall("battery")).get("is_failed")) and not past.is_asked_anew
    failures = (past.failure("battery", "service_recommended"),) if is_failed and not was_failed else ()
    mark = marking(**{**marked(told.mark), "is_failed": is_failed})
    return replace(told, failures=failures, mark=mark)


def parse(stated: Mapping[str, Any]) -> Power:
    """The battery. Its serial number and its maker's notes are not read."""
    now, full = whole(stated.get("CurrentCapacity")), whole(stated.get("MaxCapacity"))
    level = round(min(100.0, 100 * now / full), 1) if now is not None and full else None
    held = (whole(stated.get(name)) for name in ("NominalChargeCapacity", "AppleRawMaxCapacity"))
    holds = next((one for one in held if one), full if full and full > PERCENT else None)
    cycles = whole(stated.get("CycleCount"))
    external = stated.get("ExternalConnected")
    return Power(
        batteries=(
            Battery(
                level_percent=level,
                now_wh=None,
                full_wh=_watt_hours(holds),
                design_wh=_watt_hours(whole(stated.get("DesignCapacity"))),
                cycles=cycles if cycles and cycles <= CYCLES_MAX else None,
                status=_status(stated),
            ),
        ),
        has_mains=external if isinstance(external, bool) else None,
    )


def _watt_hours(milliamp_hours: int | None) -> float | None:
    return round(milliamp_hours / MILLI * NOMINAL_VOLTS, 3) if milliamp_hours else None


def _status(stated: Mapping[str, Any]) -> str | None:
    if stated.get("IsCharging") is True:
        return "Charging"
    if stated.get("ExternalConnected") is True:
        return "Full" if stated.get("FullyCharged") is True else "Not charging"
    return "Discharging" if stated.get("ExternalConnected") is False else None


SOURCE = Source(name="battery", rhythm="vitals", needs="nothing", read=read, tell=tell)
