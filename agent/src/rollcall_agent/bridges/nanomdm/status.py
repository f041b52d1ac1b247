"""Reads what an iPad states of itself by declarative management: battery health, its parts, and its updates."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SUBSCRIBED = (
    "device.identifier.serial-number",
    "device.model.identifier",
    "device.operating-system.version",
    "device.power.battery-health",
    "device.system.health",
    "softwareupdate.install-state",
    "softwareupdate.failure-reason",
    "softwareupdate.pending-version",
)
"""What a device is asked to tell whenever it changes, and once a day."""

BatteryHealth = Literal["normal", "service-recommended", "non-genuine", "unknown", "unsupported"]
InstallState = Literal["none", "waiting", "downloading", "prepared", "installing", "failed"]
_HEALTHS: dict[str, BatteryHealth] = {
    one: one for one in ("normal", "service-recommended", "non-genuine", "unknown", "unsupported")
}
_STATES: dict[str, InstallState] = {
    one: one for one in ("none", "waiting", "downloading", "prepared", "installing", "failed")
}
COMPONENTS = {
    "baseband": "baseband",
    "camera": "camera",
    "display": "display",
    "faceid": "face_id",
    "nfc": "nfc",
    "touchid": "touch_id",
    "uwb": "ultra_wideband",
}
"""The parts that a device looks after, by Apple's word in small letters, with the word that the wire has for each."""
_ITEMS_MAX = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusReport:
    """What one report says. A missing item was not told, which is not the same as healthy.

    `components` holds each told part with whether it is in error; `pending_version` is "" where none is pending.
    """

    is_full: bool = False
    serial_number: str | None = None
    product: str | None = None
    os_version: str | None = None
    battery_health: BatteryHealth | None = None
    components: Mapping[str, bool] = field(default_factory=dict)
    install_state: InstallState | None = None
    failures: int | None = None
    pending_version: str | None = None


def read_status(body: bytes) -> StatusReport:
    """The report in this JSON. Raises ValueError where it is none."""
    read = json.loads(body)
    items = read.get("StatusItems") if isinstance(read, dict) else None
    if not isinstance(items, dict):
        raise ValueError("a status report holds StatusItems")  # noqa: TRY004  # it is the text that is wrong
    failed = _at(items, "softwareupdate", "failure-reason", "count")
    return StatusReport(
        is_full=read.get("FullReport") is True,
        serial_number=_text(_at(items, "device", "identifier", "serial-number")),
        product=_text(_at(items, "device", "model", "identifier")),
        os_version=_text(_at(items, "device", "operating-system", "version")),
        battery_health=_HEALTHS.get(str(_at(items, "device", "power", "battery-health"))),
        components=_components(_at(items, "device", "system", "health")),
        install_state=_STATES.get(str(_at(items, "softwareupdate", "install-state"))),
        failures=failed if isinstance(failed, int) and not isinstance(failed, bool) and failed >= 0 else None,
        pending_version=_version(_at(items, "softwareupdate", "pending-version", "os-version")),
    )


def _components(told: Any) -> dict[str, bool]:
    if not isinstance(told, dict):
        return {}
    named = {str(name).lower(): value for name, value in list(told.items())[:_ITEMS_MAX]}
    return {word: named[name] == "error" for name, word in COMPONENTS.items() if isinstance(named.get(name), str)}


def _version(told: Any) -> str | None:
    return told if isinstance(told, str) and len(told) <= 16 and set(told) <= set("0123456789.") else None  # noqa: PLR2004  # 123.123.123.123


def _text(told: Any) -> str | None:
    return told if isinstance(told, str) else None


def _at(items: Any, *names: str) -> Any:
    for name in names:
        items = items.get(name) if isinstance(items, dict) else None
    return items
