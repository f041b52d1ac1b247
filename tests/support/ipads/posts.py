"""What NanoMDM posts to its webhook: events as recorded, and of make-believe iPads, signed as it signs them."""

import base64
import hashlib
import hmac
import json
import plistlib
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

KEY = "a-key-of-the-webhook"
_CHECK_INS = {
    "Authenticate": "mdm.Authenticate",
    "TokenUpdate": "mdm.TokenUpdate",
    "CheckOut": "mdm.CheckOut",
    "DeclarativeManagement": "mdm.DeclarativeManagement",
}


def udid_of(number: int) -> str:
    return f"00008103-{number:016X}"


def serial_of(number: int) -> str:
    return f"DMPX{number:06d}AB"


def event(said: dict[str, Any], at: datetime, *, event_id: str | None = None, ids: str = "Device") -> dict[str, Any]:
    """One post about what a device said, as NanoMDM makes it: nine digits, no serial number but in the payload."""
    told: dict[str, Any] = {
        "udid": said["UDID"],
        "ids": {"id": said["UDID"], "type": ids},
        "raw_payload": base64.b64encode(plistlib.dumps(said)).decode(),
    }
    topic = _CHECK_INS.get(said.get("MessageType", ""), "mdm.Connect")
    if topic == "mdm.Connect":
        told |= {"status": said["Status"], **({"command_uuid": said["CommandUUID"]} if "CommandUUID" in said else {})}
    return {
        "topic": topic,
        "event_id": event_id or uuid4().hex[:16],
        "created_at": at.isoformat().replace("+00:00", "") + ("123Z" if at.microsecond else ".000000123Z"),
        "acknowledge_event" if topic == "mdm.Connect" else "checkin_event": told,
    }


def authenticate(number: int, **more: Any) -> dict[str, Any]:
    return {
        "MessageType": "Authenticate",
        "Topic": "com.apple.mgmt.External.1",
        "UDID": udid_of(number),
        "SerialNumber": serial_of(number),
        "OSVersion": "18.5",
        "ProductName": "iPad12,1",
        "DeviceName": "Maja's iPad",
        **more,
    }


def token_update(number: int) -> dict[str, Any]:
    return {
        "MessageType": "TokenUpdate",
        "UDID": udid_of(number),
        "Token": b"\x01" * 32,
        "PushMagic": "PUSHMAGIC-SECRET",
        "UnlockToken": b"UNLOCKTOKEN-SECRET",
    }


def check_out(number: int) -> dict[str, Any]:
    return {"MessageType": "CheckOut", "UDID": udid_of(number)}


def idle(number: int) -> dict[str, Any]:
    return {"Status": "Idle", "UDID": udid_of(number)}


def answer(
    number: int, command: str = "c-1", *, level: float = 0.81, free: float = 40.0, **more: Any
) -> dict[str, Any]:
    """What an iPad answers to DeviceInformation: more than it was asked, as real ones do."""
    return {
        "Status": "Acknowledged",
        "UDID": udid_of(number),
        "CommandUUID": command,
        "QueryResponses": {
            "SerialNumber": serial_of(number),
            "ProductName": "iPad12,1",
            "OSVersion": "18.5",
            "BatteryLevel": level,
            "DeviceCapacity": 64.0,
            "AvailableDeviceCapacity": free,
            "DeviceName": "Maja's iPad",
            **more,
        },
    }


def failed(number: int, command: str, code: int = 12021) -> dict[str, Any]:
    return {
        "Status": "Error",
        "UDID": udid_of(number),
        "CommandUUID": command,
        "ErrorChain": [{"ErrorCode": code, "ErrorDomain": "MCMDMErrorDomain", "LocalizedDescription": "<b>x</b>"}],
    }


def status(number: int, *, failures: int | None = None, full: bool = True, **items: Any) -> dict[str, Any]:
    """A status report; `items` by their dotted names with `__` for dots and `_` for hyphens."""
    tree: dict[str, Any] = {
        "device": {"identifier": {"serial-number": serial_of(number)}, "model": {"identifier": "iPad12,1"}}
    }
    if failures is not None:
        items["softwareupdate__failure_reason"] = {"count": failures}
    for dotted, value in items.items():
        place = tree
        *path, last = (one.replace("_", "-") for one in dotted.split("__"))
        for name in path:
            place = place.setdefault(name, {})
        place[last] = value
    body = {"StatusItems": tree, "Errors": [], "FullReport": full}
    return {
        "MessageType": "DeclarativeManagement",
        "UDID": udid_of(number),
        "Endpoint": "status",
        "Data": json.dumps(body).encode(),
    }


def sign(body: bytes, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def post(url: str, told: dict[str, Any] | bytes, *, key: str = KEY, signature: str | None = None) -> int:
    """Post as NanoMDM does; returns the status."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    headers = {"content-type": "application/json; charset=utf-8", "x-hmac-signature": signature or sign(body, key)}
    return httpx.post(url, content=body, headers=headers, timeout=20).status_code
