"""Reads one Chromebook of the directory: what it is, how long it is supported, and what people wrote about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rollcall_agent.bridges.google.values import Reply, instant, part, parts, text, whole

FIELDS = (
    "deviceId", "serialNumber", "status", "model", "osVersion", "orgUnitPath", "annotatedAssetId",
    "annotatedLocation", "supportEndDate", "autoUpdateThrough", "autoUpdateExpiration", "lastSync",
    "systemRamTotal", "diskSpaceUsage", "diskVolumeReports",
)  # fmt: skip
"""All that is asked for. Who uses a device, its addresses and its adapters are not among it."""
PLACE_FIELDS = {"location": "annotatedLocation", "asset_id": "annotatedAssetId", "org_unit": "orgUnitPath"}
"""Where people write cart and slot, by the words of the file of patterns."""
_LEFT = frozenset({"DEPROVISIONED", "PRE_PROVISIONED", "SHIPPED", "RETURN_ARRIVED", "RETURN_REQUESTED"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One Chromebook. `described` are the fields of its inventory; `synced_at` is when it last asked for policies."""

    device_id: str
    serial_number: str | None
    synced_at: datetime | None
    described: Mapping[str, Any]
    texts: Mapping[str, str]
    support_until: date | None
    storage_free_bytes: int | None


def read_entry(reply: Reply) -> Entry | None:
    """None for a device that has left the school or never came, or that has no id."""
    device_id = text(reply.get("deviceId"))
    if device_id is None or str(reply.get("status", "")).upper() in _LEFT:
        return None
    capacity, used = (whole(part(reply, "diskSpaceUsage").get(name)) for name in ("capacityBytes", "usedBytes"))
    total, free = _volumes(reply)
    described = {
        "model": text(reply.get("model")),
        "asset_tag": text(reply.get("annotatedAssetId")),
        "os_version": text(reply.get("osVersion")),
        "memory_bytes": whole(reply.get("systemRamTotal")),
        "storage_bytes": capacity or total,
    }
    return Entry(
        device_id=device_id,
        serial_number=text(reply.get("serialNumber")),
        synced_at=instant(reply.get("lastSync")),
        described={name: value for name, value in described.items() if value is not None},
        texts={name: found for name, field in PLACE_FIELDS.items() if (found := text(reply.get(field))) is not None},
        support_until=_support_until(reply),
        storage_free_bytes=free if capacity is None or used is None else max(0, capacity - used),
    )


def _volumes(reply: Reply) -> tuple[int | None, int | None]:
    """Size and free room of the newest report's largest volume: the small ones are the system's own."""
    reports = parts(reply, "diskVolumeReports")
    volumes = parts(reports[-1], "volumeInfo") if reports else []
    found = [(whole(one.get("storageTotal")) or 0, whole(one.get("storageFree"))) for one in volumes]
    total, free = max(found, key=lambda one: one[0], default=(0, None))
    return total or None, free


def _support_until(reply: Reply) -> date | None:
    """The end of automatic updates; the three fields are one fact, the oldest name last."""
    for name in ("supportEndDate", "autoUpdateThrough", "autoUpdateExpiration"):
        if (at := instant(reply.get(name))) is not None:
            return at.date()
    return None
