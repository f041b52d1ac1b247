"""Reads one post of NanoMDM's webhook: of what stands in it, only what is allowed by name is ever taken further.

The rest is let go of before anything is stored: tokens that unlock a device, names, users of shared iPads.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from rollcall_agent.bridges.nanomdm.plists import PlistError, read_plist
from rollcall_agent.bridges.nanomdm.status import StatusReport, read_status

Kind = Literal["authenticate", "token", "check_out", "connect", "status"]
Fault = Literal["not_json", "wrong_shape", "not_a_plist", "other_device"]
Answered = Literal["Idle", "Acknowledged", "NotNow", "Error", "CommandFormatError"]

_TOPICS: dict[str, Kind] = {
    "mdm.Authenticate": "authenticate",
    "mdm.TokenUpdate": "token",
    "mdm.CheckOut": "check_out",
    "mdm.Connect": "connect",
    "mdm.DeclarativeManagement": "status",
}
_UNREAD = ("token", "check_out")
"""Their payload holds nothing that is needed, and that of the first what clears the passcode: it is never opened."""
_EVENT_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_UDID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{16}|[0-9a-f]{40}|[0-9A-Fa-f-]{36}")
_COMMAND = re.compile(r"[0-9A-Za-z-]{1,64}")
_SERIAL = re.compile(r"[0-9A-Z]{8,20}")
_PRODUCT = re.compile(r"[A-Za-z]{2,20}[0-9]{1,3},[0-9]{1,3}")
_VERSION = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}")
_ANSWERS = frozenset({"Idle", "Acknowledged", "NotNow", "Error", "CommandFormatError"})
_GB = 1_000_000_000


class WordError(ValueError):
    """A post that cannot be understood, or is none of our business; `fault` is what it is counted as."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What one post says of one device. Every field but the first four may be missing.

    `is_restart`: it answers somebody's command to restart, as far as it says which command it answers; few do.
    """

    event_id: str
    at: datetime
    udid: str
    kind: Kind
    serial_number: str | None = None
    product: str | None = None
    os_version: str | None = None
    answered: Answered | None = None
    command: str | None = None
    is_restart: bool = False
    error_code: int | None = None
    level_percent: float | None = None
    storage_bytes: int | None = None
    storage_free_bytes: int | None = None
    report: StatusReport | None = None


def read_word(body: bytes) -> Word:
    """The word of a post whose signature was found to be right. Raises WordError."""
    event = _read_json(body)
    kind = _TOPICS.get(str(event.get("topic")))
    if kind is None:
        raise WordError("other_device")
    told = event.get("acknowledge_event" if kind == "connect" else "checkin_event")
    if not isinstance(told, dict):
        raise WordError("wrong_shape")
    ids = told.get("ids")
    udid = device_of(told.get("udid"), ids.get("type") if isinstance(ids, dict) else None)
    event_id = _text(event.get("event_id"), _EVENT_ID)
    if event_id is None:
        raise WordError("wrong_shape")
    said: Mapping[str, Any] = {} if kind in _UNREAD else _plist_of(told)
    return Word(event_id=event_id, at=_instant(event.get("created_at")), udid=udid, kind=kind, **_said(kind, said))


def device_of(udid: Any, kind: Any) -> str:
    """The UDID, where it is a device that speaks and no user of one. Raises WordError.

    A user's id may hold a pupil's address: it is let go of unread.
    """
    if kind is not None and kind != "Device":
        raise WordError("other_device")
    found = _text(udid, _UDID)
    if found is None:
        raise WordError("wrong_shape")
    return found


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WordError("not_json") from error
    if not isinstance(event, dict):
        raise WordError("wrong_shape")
    return event


def _plist_of(told: Mapping[str, Any]) -> dict[str, Any]:
    raw = told.get("raw_payload")
    if not isinstance(raw, str):
        raise WordError("wrong_shape")
    try:
        return read_plist(base64.b64decode(raw, validate=True))
    except (PlistError, binascii.Error) as error:
        raise WordError("not_a_plist") from error


def _said(kind: Kind, said: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "authenticate":
        return _identity(said)
    if kind == "connect":
        return _answer(said)
    if kind == "status":
        return _status(said)
    return {}


def _identity(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "serial_number": _text(said.get("SerialNumber"), _SERIAL),
        "product": _text(said.get("ProductName"), _PRODUCT),
        "os_version": _text(said.get("OSVersion"), _VERSION),
    }


def _answer(said: Mapping[str, Any]) -> dict[str, Any]:
    answered = said.get("Status")
    if not isinstance(answered, str) or answered not in _ANSWERS:
        raise WordError("wrong_shape")
    found: dict[str, Any] = {"answered": answered, "command": _text(said.get("CommandUUID"), _COMMAND)}
    if said.get("RequestType") == "RestartDevice":
        found["is_restart"] = True
    chain = said.get("ErrorChain")
    if isinstance(chain, list) and chain and isinstance(chain[0], dict):
        code = chain[0].get("ErrorCode")
        found["error_code"] = code if isinstance(code, int) and not isinstance(code, bool) else None
    responses = said.get("QueryResponses")
    if isinstance(responses, dict):
        level = _number(responses.get("BatteryLevel"), most=1.0)
        found |= _identity(responses) | {
            "level_percent": None if level is None else round(100 * level, 1),  # -1 is Apple's word for unknown
            "storage_bytes": _bytes(responses.get("DeviceCapacity")),
            "storage_free_bytes": _bytes(responses.get("AvailableDeviceCapacity")),
        }
    return found


def _status(said: Mapping[str, Any]) -> dict[str, Any]:
    if said.get("Endpoint") != "status":  # it only fetched its declarations: being heard is all that it says
        return {}
    body = said.get("Data")
    if not isinstance(body, bytes):
        raise WordError("wrong_shape")
    return status_word(body)


def status_word(body: bytes) -> dict[str, Any]:
    """What a status report says, as the fields of a word. Raises WordError."""
    try:
        report = read_status(body)
    except (ValueError, RecursionError) as error:
        raise WordError("wrong_shape") from error
    return {
        "serial_number": _text(report.serial_number, _SERIAL),
        "product": _text(report.product, _PRODUCT),
        "os_version": _text(report.os_version, _VERSION),
        "report": report,
    }


def _instant(stated: Any) -> datetime:
    """NanoMDM's clock, to the microsecond: it states nine digits."""
    if not isinstance(stated, str):
        raise WordError("wrong_shape")
    try:
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", stated))
    except ValueError as error:
        raise WordError("wrong_shape") from error
    if found.tzinfo is None:
        raise WordError("wrong_shape")
    return found.astimezone(UTC)


def _text(value: Any, allowed: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and allowed.fullmatch(value) else None


def _number(value: Any, *, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return None
    return float(value)


def _bytes(value: Any) -> int | None:
    """Apple's gigabytes. Old systems count them in powers of two: a share of two of them is right in any case."""
    found = _number(value, most=100_000)
    return None if found is None else round(found * _GB)
