"""Turns Endpoint analytics' start-up history into starts: how long each took, and how the run before it ended.

Windows PCs write it down themselves and hand it in about once a day; the days on which a PC was away come later. Its
coreBootTimeInMs runs from Windows' own beginning to the sign-in screen: the firmware's part is not in it, nor the
group policies' and a feature update's, which Graph tells apart.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall_agent.bridges.vendors.values import at, instant, number, text
from rollcall_wire import Boot, Failure
from rollcall_wire.codes import Evidence, PreviousStop, StartKind, StopCause

PATH = "/v1.0/deviceManagement/userExperienceAnalyticsDeviceStartupHistory"
FIELDS = ("deviceId", "startTime", "coreBootTimeInMs", "operatingSystemVersion", "restartCategory", "restartStopCode")
KEPT = 64
"""So many starts of a PC are remembered; an older one was told, or is too old to be news."""
_SECONDS_MAX = 3_600
_CODE_MAX = 0xFFFFFFFF
_ENDS: Mapping[str, tuple[StartKind, PreviousStop, StopCause]] = {
    "restartWithUpdate": ("full", "clean", "update"),
    "restartWithoutUpdate": ("full", "clean", "user"),
    # After a shut-down Windows may start fast, from a kernel that it saved: that is not told.
    "shutdownWithUpdate": ("unknown", "clean", "update"),
    "shutdownWithoutUpdate": ("unknown", "clean", "user"),
    "update": ("full", "clean", "update"),
    "blueScreen": ("full", "unclean", "crash"),
    "longPowerButtonPress": ("full", "unclean", "power_button_held"),
    "bootError": ("full", "unclean", "unknown"),
}
"""By Graph's restartCategory: the kind of this start, how the run before ended, and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedStart:
    """One entry of the history, and of which of Intune's devices it is."""

    device_id: str
    started_at: datetime
    seconds: float | None
    os_version: str | None
    category: str | None
    code: int | None

    def bodies(self, serial_number: str) -> tuple[Boot | Failure, ...]:
        """The start, and the stop error that came before it."""
        kind, stop, cause = _ENDS.get(self.category or "", ("unknown", "unknown", "unknown"))
        name = f"{serial_number}/{self.started_at:%Y-%m-%dT%H:%M:%S}"
        boot = Boot(
            boot_id=hashlib.sha256(name.encode()).hexdigest()[:16],
            booted_at=self.started_at,
            source="endpoint_analytics",
            start_kind=kind,
            to_login_seconds=self.seconds,
            os_version=self.os_version,
            previous_stop=stop,
            stop_cause=cause,
            stop_code=None if self.code is None else f"0x{self.code:08X}",
        )
        if cause != "crash":
            return (boot,)
        evidence: dict[Evidence, float] = {} if self.code is None else {"stop_code": float(self.code)}
        return boot, Failure(channel="crash", code="stop_error", occurred_at=self.started_at, evidence=evidence)


def read_startup(reply: Any) -> RecordedStart | None:
    """None where it does not say of which device it is, or when it was."""
    device_id, started_at = text(at(reply, "deviceId")), instant(at(reply, "startTime"))
    if device_id is None or started_at is None:
        return None
    took = number(at(reply, "coreBootTimeInMs"))
    category = text(at(reply, "restartCategory"))
    return RecordedStart(
        device_id=device_id,
        started_at=started_at.replace(microsecond=0),
        seconds=took / 1000 if took and took / 1000 <= _SECONDS_MAX else None,
        os_version=text(at(reply, "operatingSystemVersion")),
        category=category,
        code=_stop_code(at(reply, "restartStopCode")) if category == "blueScreen" else None,
    )


def _stop_code(stated: Any) -> int | None:
    """The number, as Windows writes it (0x0000009F) or in decimals; 0 is none."""
    try:
        found = int(text(stated) or "", 0)
    except ValueError:
        return None
    return found if 0 < found <= _CODE_MAX else None


@dataclass(frozen=True, slots=True)
class ToldStarts:
    """Which starts of one PC were told: whole seconds since 1970, the oldest first."""

    seconds: tuple[int, ...] = ()

    @classmethod
    def read(cls, mark: str | None) -> "ToldStarts":
        """As they were remembered."""
        return cls(tuple(json.loads(mark or "[]")))

    @property
    def text(self) -> str:
        """As they are remembered."""
        return json.dumps(self.seconds, separators=(",", ":"))

    def has(self, started_at: datetime) -> bool:
        """Whether this one was told, or is older than all that is remembered."""
        at_second = int(started_at.timestamp())
        return at_second in self.seconds or (len(self.seconds) == KEPT and at_second < self.seconds[0])

    def with_one(self, started_at: datetime) -> "ToldStarts":
        """With this one too."""
        return ToldStarts(tuple(sorted({*self.seconds, int(started_at.timestamp())}))[-KEPT:])
