"""Intune's iPads by Microsoft Graph.

Not asked for: a managed device's name, which usually begins with its user's; and the level, which Graph tells only one
device at a time, and only in its beta.
"""

from collections.abc import Iterator
from typing import Any

from rollcall_agent.bridges.vendors import graph
from rollcall_agent.bridges.vendors.listed import ListedDevice, Vendor, VendorSettings, bridge_to


def listed(settings: VendorSettings) -> Iterator[ListedDevice]:
    """Every iPad."""
    for one in graph.read_list(settings, graph.DEVICES_PATH, graph.DEVICE_FIELDS):
        if (ipad := read_ipad(one)) is not None:
            yield ipad


def read_ipad(reply: Any) -> ListedDevice | None:
    """None for what is no iPad or has no serial number."""
    device = graph.read_device(reply)
    return device if device is not None and (device.model or "").startswith("iPad") else None


BRIDGE = bridge_to(Vendor(name="intune", needs=graph.NEEDS, place_fields=("category",), listed=listed))
