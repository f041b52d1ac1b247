"""Turns Google's crash events into failures, each once by Google's own id."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rollcall_agent.bridges.google.memory import KEPT, ChromebookMemory, whole_seconds
from rollcall_agent.bridges.google.values import AHEAD, Reply, instant, part, text
from rollcall_wire import Failure


@dataclass(frozen=True, kw_only=True, slots=True)
class OsCrash:
    """A crash of the kernel or of the controller under it, as Google names it."""

    name: str
    at: datetime


def by_device(events: Iterable[Reply], now: datetime) -> Mapping[str, list[OsCrash]]:
    """The crashes by their device, oldest first; who was signed in is not read."""
    found: dict[str, list[OsCrash]] = defaultdict(list)
    for event in events:
        at, device_id = instant(event.get("reportTime")), text(part(event, "device").get("deviceId"))
        if event.get("eventType") != "OS_CRASH" or at is None or at > now + AHEAD or device_id is None:
            continue
        name = text(part(event, "osCrashEvent").get("crashId")) or f"at-{whole_seconds(at)}"
        found[device_id].append(OsCrash(name=name, at=min(at, now)))
    return {device_id: sorted(crashes, key=lambda one: one.at) for device_id, crashes in found.items()}


def new_crashes(crashes: Sequence[OsCrash], memory: ChromebookMemory) -> tuple[tuple[Failure, ...], ChromebookMemory]:
    """Those not told yet, and the memory with them in it."""
    known = set(memory.crashes)
    fresh = {one.name: one for one in crashes if one.name not in known}.values()
    if not fresh:
        return (), memory
    latest = max(whole_seconds(one.at) for one in fresh)
    names = (*memory.crashes, *(one.name for one in fresh))[-KEPT:]
    failures = tuple(Failure(channel="crash", code="os_crash", occurred_at=one.at) for one in fresh)
    return failures, replace(memory, crashes=names, crashed_at=max(latest, memory.crashed_at or 0))
