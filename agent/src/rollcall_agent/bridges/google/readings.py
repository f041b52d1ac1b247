"""Turns Google's battery, heat, memory and storage reports into vitals, at the time the device itself took them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rollcall_agent.bridges.google.memory import ChromebookMemory, whole_seconds
from rollcall_agent.bridges.google.values import Reply, instant, part, parts, reported, text, whole
from rollcall_wire import Failure, Vitals

_MILLI = 1_000_000
"""mAh times mV, in Wh."""
NOMINAL_MILLIVOLTS = 11_100
"""Three cells: where the battery tells no voltage. The share that is left is right all the same."""
_WORN = {"BATTERY_REPLACE_SOON": "replace_soon", "BATTERY_REPLACE_NOW": "replace_now"}
_DUE = {
    "OS_IMAGE_DOWNLOAD_NOT_STARTED": False,
    "OS_IMAGE_DOWNLOAD_IN_PROGRESS": False,
    "OS_UPDATE_NEED_REBOOT": True,
}
_NEVER = datetime.min.replace(tzinfo=UTC)
_STATUSES = {
    "charging": (True, True),
    "discharging": (False, False),
    "full": (False, True),
    "not charging": (False, True),
}
"""What sysfs says of a battery: whether it is charging, and whether there is mains."""


def new_vitals(
    reply: Reply, memory: ChromebookMemory, now: datetime
) -> tuple[Vitals | None, datetime, ChromebookMemory]:
    """The newest reading, if it was not told yet, when it was taken, and the memory with it in it."""
    batteries = reported(parts(reply, "batteryStatusReport"), now)
    heats = reported(parts(reply, "cpuStatusReport"), now)
    taken_at = max((at for at, _ in (*batteries, *heats)), default=None)
    if taken_at is None or whole_seconds(taken_at) <= (memory.readings_at or 0):
        return None, now, memory
    told = Vitals(
        storage_free_bytes=whole(part(reply, "storageInfo").get("availableDiskBytes")),
        is_restart_due=_is_restart_due(reply),
        memory_free_bytes=whole(part(reply, "memoryInfo").get("availableRamBytes")),
        temperature_max_celsius=_hottest(heats),
        **_battery(reply, batteries, now),
    )
    at = min(taken_at, now)
    return (None if told == Vitals() else told), at, replace(memory, readings_at=whole_seconds(taken_at))


def new_wear(reply: Reply, memory: ChromebookMemory, now: datetime) -> tuple[tuple[Failure, ...], ChromebookMemory]:
    """What ChromeOS itself says of the battery, told once when it begins to say so."""
    told = [(at, text(one.get("batteryHealth"))) for at, one in reported(parts(reply, "batteryStatusReport"), now)]
    judged = [(at, health) for at, health in told if health is not None]
    if not judged or judged[-1][1] == memory.battery_health:
        return (), memory
    at, health = judged[-1]
    code = _WORN.get(health)
    failures = () if code is None else (Failure(channel="battery", code=code, occurred_at=min(at, now)),)
    return failures, replace(memory, battery_health=health)


def _is_restart_due(reply: Reply) -> bool | None:
    """Whether an update waits, by the last look for one: its reports bear no other time, and that may be never."""
    told = [
        (instant(one.get("lastUpdateCheckTime")), _DUE.get(str(one.get("updateState"))))
        for one in parts(reply, "osUpdateStatus")
    ]
    known = [(at or _NEVER, is_due) for at, is_due in told if is_due is not None]
    return max(known, key=lambda one: one[0])[1] if known else None


def _battery(reply: Reply, batteries: list[tuple[datetime, Reply]], now: datetime) -> dict[str, Any]:
    """The fields of the battery's newest report; a device with two batteries tells of the one reported last."""
    if not batteries:
        return {}
    newest = batteries[-1][1]
    built = _as_built(reply, newest)
    volts = whole(built.get("designMinVoltage")) or NOMINAL_MILLIVOLTS
    full, design = whole(newest.get("fullChargeCapacity")), whole(built.get("designCapacity"))
    samples = reported(parts(newest, "sample"), now)
    sample = samples[-1][1] if samples else {}
    left = whole(sample.get("remainingCapacity"))
    is_charging, is_plugged_in = _STATUSES.get(str(sample.get("status")).lower(), (None, None))
    return {
        "battery_level_percent": min(100.0, round(100 * left / full, 1)) if full and left is not None else None,
        "is_charging": is_charging,
        "is_plugged_in": is_plugged_in,
        "battery_full_wh": round(full * volts / _MILLI, 2) if full else None,
        "battery_design_wh": round(design * volts / _MILLI, 2) if design else None,
        "battery_cycles": whole(newest.get("cycleCount")),
    }


def _as_built(reply: Reply, newest: Reply) -> Reply:
    """The facts of the battery that the report is about, where there are several."""
    built = parts(reply, "batteryInfo")
    alike = [one for one in built if one.get("serialNumber") == newest.get("serialNumber")]
    return (alike or built or [{}])[0] if len(built) == 1 or alike else {}


def _hottest(heats: list[tuple[datetime, Reply]]) -> float | None:
    """Of the newest report that tells temperatures: some tell only how busy the processor is."""
    for _, report in reversed(heats):
        degrees = [whole(one.get("temperatureCelsius")) for one in parts(report, "cpuTemperatureInfo")]
        if found := [one for one in degrees if one is not None]:
            return float(max(found))
    return None
