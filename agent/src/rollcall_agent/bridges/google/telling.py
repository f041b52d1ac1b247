"""What one answer of Google about one Chromebook means: pure, and the same for the bridge and the make-believe one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from rollcall_agent.bridges.bridge import ToldOfDevice
from rollcall_agent.bridges.google.crashes import OsCrash, new_crashes
from rollcall_agent.bridges.google.directory import Entry
from rollcall_agent.bridges.google.memory import ChromebookMemory, whole_seconds
from rollcall_agent.bridges.google.readings import new_vitals, new_wear
from rollcall_agent.bridges.google.starts import new_boots
from rollcall_agent.bridges.google.values import AHEAD, Reply, text
from rollcall_wire import Boot, Failure, Vitals

SILENT_DAYS_MAX = 400
"""A Chromebook that asked for no policy in so long is in no use: it is not brought in."""
_TELEMETRY_MISSING = timedelta(hours=26)
"""Where the directory heard of a device so much later, its telemetry is off: the directory's facts are told then."""


def mark_of(device_id: str) -> str:
    """Under which name a Chromebook is remembered."""
    return f"chromebook/{device_id}"


def tell_telemetry(
    device_id: str, reply: Reply, crashes: Sequence[OsCrash], memory: ChromebookMemory, now: datetime
) -> list[ToldOfDevice]:
    """What is news in one device's telemetry: starts and failures first, then readings, each with its own memory.

    Always at least one entry, so that a device which the collector did not take is brought again.
    """
    memory = replace(memory, serial_number=text(reply.get("serialNumber")) or memory.serial_number)
    failures, memory = new_crashes(crashes, memory)
    boots, heard_at, memory = new_boots(reply, device_id, memory, now)
    worn, memory = new_wear(reply, memory, now)
    bodies: tuple[Boot | Failure | Vitals, ...] = (*boots, *failures, *worn)
    if bodies and not boots:
        heard_at = max(one.occurred_at for one in (*failures, *worn))
    told = [_told(device_id, memory, bodies, heard_at)] if bodies else []
    vitals, taken_at, memory = new_vitals(reply, memory, now)
    if vitals is not None or not told:
        told.append(_told(device_id, memory, () if vitals is None else (vitals,), taken_at))
    return told


def tell_entry(entry: Entry, memory: ChromebookMemory, now: datetime) -> ToldOfDevice | None:
    """What the directory says of a device; None of one that is in no use.

    Its free room is told only where telemetry does not come, so from the second time on: a reading that lacks the
    battery must not follow one that has it.
    """
    synced_at = entry.synced_at
    if synced_at is None or not now - timedelta(days=SILENT_DAYS_MAX) <= synced_at <= now + AHEAD:
        return None
    bodies: tuple[Vitals, ...] = ()
    is_late = whole_seconds(synced_at) > (memory.readings_at or 0) + _TELEMETRY_MISSING.total_seconds()
    if is_late and memory.described is not None and entry.storage_free_bytes is not None:
        bodies = (Vitals(storage_free_bytes=entry.storage_free_bytes),)
        memory = replace(memory, readings_at=whole_seconds(synced_at))
    memory = replace(
        memory,
        described=entry.described,
        serial_number=entry.serial_number or memory.serial_number,
        synced_at=whole_seconds(synced_at),
    )
    return _told(entry.device_id, memory, bodies, min(synced_at, now))


def _told(
    device_id: str, memory: ChromebookMemory, bodies: tuple[Boot | Failure | Vitals, ...], heard_at: datetime
) -> ToldOfDevice:
    return ToldOfDevice(
        device=memory.device(device_id),
        bodies=bodies,
        marks={mark_of(device_id): memory.as_text()},
        observed_at=heard_at,
    )
