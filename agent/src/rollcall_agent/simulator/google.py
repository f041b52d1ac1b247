"""Tells a make-believe Chromebook's day as Google would, and reads that as the Google bridge does.

So what a district shows of its Chromebooks is what the bridge can know of real ones: whole seconds, no end of a run
that only one sign accuses, a battery in charge units. What Google tells nothing of, people or the device itself told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rollcall_agent.bridges.google.crashes import by_device, new_crashes
from rollcall_agent.bridges.google.directory import read_entry
from rollcall_agent.bridges.google.memory import ChromebookMemory, whole_seconds
from rollcall_agent.bridges.google.readings import new_vitals, new_wear
from rollcall_agent.bridges.google.starts import new_boots
from rollcall_agent.bridges.google.telling import tell_entry
from rollcall_wire import Body, Boot, Failure, Inventory, Vitals
from rollcall_wire.codes import StopCause

_MILLIVOLTS = 11_400
_BEFORE = timedelta(hours=14)
"""[A] How long before a start the run before it ended."""
_REASONS: dict[StopCause, str] = {"user": "USER_REQUEST", "update": "SYSTEM_UPDATE", "battery_empty": "LOW_BATTERY"}
_HEALTHS = {"replace_soon": "BATTERY_REPLACE_SOON", "replace_now": "BATTERY_REPLACE_NOW"}
Told = tuple[datetime, Body]


class ToldByGoogle:
    """One Chromebook: what the bridge remembers of it from day to day."""

    def __init__(self, serial_number: str) -> None:
        self._name = serial_number
        self._memory = ChromebookMemory(serial_number=serial_number)

    def retell(self, day: Sequence[Told]) -> list[Told]:
        """The day as the bridge tells it: the directory and the crashes first, as in its rounds."""
        return [(at, body) for at, told in sorted(day, key=_turn) for body in self._read(at, told)]

    def _read(self, at: datetime, told: Body) -> Iterator[Body]:
        found: Sequence[Body | None]
        match told:
            case Inventory():
                found = self._inventory(at, told)
            case Failure(channel="crash", code="os_crash"):
                crashes = by_device([_crash(self._name, at, told)], at)
                found, self._memory = new_crashes(crashes[self._name], self._memory)
            case Failure(channel="battery", code="replace_soon" | "replace_now"):
                worn = {"batteryHealth": _HEALTHS[told.code], "reportTime": _rfc3339(at)}
                found, self._memory = new_wear({"batteryStatusReport": [worn]}, self._memory, at)
            case Boot():
                synced = replace(self._memory, synced_at=whole_seconds(at))  # who signs in asks for policies
                found, _, self._memory = new_boots(_boot(at, told), self._name, synced, at)
            case Vitals():
                vitals, _, self._memory = new_vitals(_reading(at, told), self._memory, at)
                found = (vitals,)
            case _:
                found = (told,)
        yield from (one for one in found if one is not None)

    def _inventory(self, at: datetime, told: Inventory) -> tuple[Body | None, ...]:
        reply = {
            "deviceId": self._name,
            "serialNumber": told.serial_number,
            "status": "ACTIVE",
            "model": told.model,
            "osVersion": told.os_version,
            "lastSync": _rfc3339(at),
            "systemRamTotal": str(told.memory_bytes),
            "diskSpaceUsage": {"capacityBytes": str(told.storage_bytes)},
        }
        entry = read_entry(reply)
        assert entry is not None, "it is active"
        known = tell_entry(entry, self._memory, at)
        assert known is not None, "it synced just now"
        self._memory = replace(self._memory, described=entry.described, synced_at=whole_seconds(at))
        return (known.device.inventory,)


def _turn(told: Told) -> int:
    match told[1]:
        case Inventory():
            return 0
        case Failure(channel="crash"):
            return 1
        case _:
            return 2


def _crash(name: str, at: datetime, told: Failure) -> dict[str, Any]:
    return {
        "eventType": "OS_CRASH",
        "reportTime": _rfc3339(told.occurred_at),
        "device": {"deviceId": name},
        "osCrashEvent": {"crashId": f"{name}/{at.isoformat()}", "crashType": "CRASH_TYPE_KERNEL"},
    }


def _boot(at: datetime, told: Boot) -> dict[str, Any]:
    """A run that ended uncleanly left no `shutdownTime`; neither did the one before the first."""
    report = {
        "bootUpDuration": f"{told.to_login_seconds or 0:.0f}s",
        "bootUpTime": _rfc3339(told.booted_at),
        "reportTime": _rfc3339(at),
    }
    if told.previous_stop == "clean":
        report["shutdownTime"] = _rfc3339(told.booted_at - _BEFORE)
        report["shutdownReason"] = _REASONS.get(told.stop_cause, "OTHER")
    return {"bootPerformanceReport": [report]}


def _reading(at: datetime, told: Vitals) -> dict[str, Any]:
    taken_at = _rfc3339(at)
    reply: dict[str, Any] = {"storageInfo": {"availableDiskBytes": str(told.storage_free_bytes)}}
    if told.temperature_max_celsius is not None:
        heat = [{"temperatureCelsius": int(told.temperature_max_celsius)}]
        reply["cpuStatusReport"] = [{"reportTime": taken_at, "cpuTemperatureInfo": heat}]
    if told.battery_full_wh is None or told.battery_design_wh is None:
        return reply
    full = round(told.battery_full_wh * 1e6 / _MILLIVOLTS)
    sample = {
        "remainingCapacity": str(round(full * (told.battery_level_percent or 0) / 100)),
        "status": "Charging" if told.is_charging else "Full" if told.is_plugged_in else "Discharging",
        "reportTime": taken_at,
    }
    design = round(told.battery_design_wh * 1e6 / _MILLIVOLTS)
    reply["batteryInfo"] = [{"designCapacity": str(design), "designMinVoltage": _MILLIVOLTS}]
    reply["batteryStatusReport"] = [
        {
            "fullChargeCapacity": str(full),
            "cycleCount": told.battery_cycles or 0,
            "reportTime": taken_at,
            "sample": [sample],
        }
    ]
    return reply


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
