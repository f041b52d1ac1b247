"""Jamf School: one list of all devices, under the network's id and a key of its own."""

import base64
from collections.abc import Iterator
from typing import Any

from rollcall_agent.bridges.vendors.listed import ListedDevice, Vendor, VendorSettings, bridge_to
from rollcall_agent.bridges.vendors.values import at, instant, number, scaled, text
from rollcall_agent.bridges.vendors.web import Web

PATH = "/api/devices"
PROTOCOL = {"x-server-protocol-version": "3"}
_GB = 1_000_000_000


def listed(settings: VendorSettings) -> Iterator[ListedDevice]:
    """Every iPad that is managed now. Jamf School gives the whole list in one answer."""
    web = Web(settings.said["url"])
    login = base64.b64encode(f"{settings.said['network_id']}:{settings.key}".encode()).decode()
    try:
        read = web.get(PATH, {**PROTOCOL, "authorization": f"Basic {login}"})
    finally:
        web.close()
    for one in read["devices"]:
        if (ipad := read_ipad(one)) is not None:
            yield ipad


def read_ipad(reply: Any) -> ListedDevice | None:
    """None for what is no iPad, is in the bin, or has no serial number. Level and storage are shares and gigabytes.

    Notes are not read: people write of pupils there.
    """
    serial, model = text(at(reply, "serialNumber")), text(at(reply, "model", "identifier"))
    if serial is None or not (model or "").startswith("iPad") or at(reply, "inTrash") is True:
        return None
    level = number(at(reply, "batteryLevel"))
    heard_at = instant(at(reply, "lastCheckin"))
    wrote = {
        "asset_tag": text(at(reply, "assetTag")),
        "groups": text(", ".join(one for one in at(reply, "groups") or () if isinstance(one, str))),
    }
    return ListedDevice(
        serial_number=serial,
        udid=text(at(reply, "UDID")),
        model=model,
        os_version=text(at(reply, "os", "version")),
        asset_tag=wrote["asset_tag"],
        level_percent=None if level is None or level > 1 else round(100 * level, 1),
        storage_bytes=scaled(at(reply, "totalCapacity"), _GB),
        storage_free_bytes=scaled(at(reply, "availableCapacity"), _GB),
        read_at=instant(at(reply, "modified")) or heard_at,
        heard_at=heard_at,
        texts={name: found for name, found in wrote.items() if found is not None},
    )


BRIDGE = bridge_to(
    Vendor(
        name="jamf-school",
        needs=("url", "network_id"),
        place_fields=("asset_tag", "groups"),
        listed=listed,
    )
)
