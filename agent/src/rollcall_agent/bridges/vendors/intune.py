"""Intune's iPads by Microsoft Graph.

Not asked for: a managed device's name, which usually begins with its user's; and the level, which Graph tells only one
device at a time, and only in its beta.
"""

from collections.abc import Iterator
from typing import Any

from rollcall_agent.bridges.vendors import graph
from rollcall_agent.bridges.vendors.listed import ListedDevice, Vendor, VendorSettings, bridge_to
from rollcall_agent.bridges.vendors.values import at, instant, scaled, text

FIELDS = (
    "serialNumber", "model", "operatingSystem", "osVersion", "totalStorageSpaceInBytes", "freeStorageSpaceInBytes",
    "lastSyncDateTime", "deviceCategoryDisplayName",
)  # fmt: skip


def listed(settings: VendorSettings) -> Iterator[ListedDevice]:
    """Every iPad."""
    for one in graph.read_list(settings, graph.DEVICES_PATH, FIELDS):
        if (ipad := read_ipad(one)) is not None:
            yield ipad


def read_ipad(reply: Any) -> ListedDevice | None:
    """None for what is no iPad or has no serial number; Graph gives 0 for a storage that it does not know."""
    serial, model = text(at(reply, "serialNumber")), text(at(reply, "model"))
    if serial is None or not (model or "").startswith("iPad"):
        return None
    size = scaled(at(reply, "totalStorageSpaceInBytes"), 1) or None
    synced_at = instant(at(reply, "lastSyncDateTime"))
    category = text(at(reply, "deviceCategoryDisplayName"))
    return ListedDevice(
        serial_number=serial,
        model=model,
        os_version=text(at(reply, "osVersion")),
        storage_bytes=size,
        storage_free_bytes=None if size is None else scaled(at(reply, "freeStorageSpaceInBytes"), 1),
        read_at=synced_at,
        heard_at=synced_at,
        texts={} if category is None else {"category": category},
    )


BRIDGE = bridge_to(Vendor(name="intune", needs=graph.NEEDS, place_fields=("category",), listed=listed))
