"""What the bridge remembers of one Chromebook between rounds, kept beside the reports: nothing is told twice."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from rollcall_agent.enrollment.known_devices import BridgedDevice
from rollcall_wire import Inventory
from rollcall_wire.placeholders import is_identity

KEPT = 32
"""So many starts and crashes are remembered: more than a Chromebook has in the days that are asked for, but rarely."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChromebookMemory:
    """Instants are whole seconds since 1970. `described` are the fields of its inventory that the directory told.

    `boots` were told, oldest first. `weak_at` is the last start before which no shut-down was noted. `crashes` are
    Google's ids of those told, `crashed_at` the last. `readings_at` is the time of the last vitals, `synced_at` when
    it last asked for policies, as the directory told with `described`.
    """

    serial_number: str | None = None
    described: Mapping[str, Any] | None = None
    boots: tuple[int, ...] = ()
    weak_at: int | None = None
    crashes: tuple[str, ...] = ()
    crashed_at: int | None = None
    battery_health: str | None = None
    readings_at: int | None = None
    synced_at: int | None = None

    def as_text(self) -> str:
        """As it is kept."""
        told = ((name, getattr(self, name)) for name in _NAMES)  # `asdict` copies all, at ten times this
        kept = {name: value for name, value in told if value not in (None, (), {})}
        return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)

    def device(self, device_id: str) -> BridgedDevice:
        """The Chromebook as the collector is told of it: the same words until the directory says otherwise."""
        serial = self.serial_number if is_identity(self.serial_number) else None
        inventory = Inventory(platform="chromeos", serial_number=serial, **(self.described or {}))
        return BridgedDevice(serial_number=serial, hardware_keys=(hardware_key(device_id),), inventory=inventory)

    def version_at(self, booted: int) -> str | None:
        """The system's version of a start: the directory's where that heard of the device since, else not known."""
        is_since = self.synced_at is not None and self.synced_at >= booted
        return (self.described or {}).get("os_version") if is_since else None

    def begun_anew(self) -> "ChromebookMemory":
        """As if no start and no reading had been told. A start bears its name again, so it is still counted once."""
        return replace(self, boots=(), readings_at=None)


_NAMES = tuple(one.name for one in fields(ChromebookMemory))


def read_memory(kept: str | None) -> ChromebookMemory:
    """What was kept, empty where nothing was. Raises TypeError or ValueError where somebody else wrote it."""
    told = json.loads(kept or "{}")
    read = {name: told[name] for name in _NAMES if name in told}  # a later version may have kept more
    for name in ("boots", "crashes"):
        read[name] = tuple(read.get(name, ()))
    return ChromebookMemory(**read)


def hardware_key(device_id: str) -> str:
    """What the collector knows a Chromebook by: the same hash that the extension on it shows."""
    return hashlib.sha256(device_id.encode()).hexdigest()


def whole_seconds(at: datetime) -> int:
    """An instant as it is remembered."""
    return int(at.timestamp())


def from_seconds(kept: int) -> datetime:
    """A remembered instant."""
    return datetime.fromtimestamp(kept, UTC)
