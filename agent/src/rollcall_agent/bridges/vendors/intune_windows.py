"""Intune's Windows PCs by Microsoft Graph: what each is, and once a day how it started, by Endpoint analytics.

Where a PC has an agent of its own, both tell of one device: the collector counts a start once, however many tell it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from rollcall_agent.bridges.bridge import Poll, ToldOfDevice
from rollcall_agent.bridges.vendors import graph, startups
from rollcall_agent.bridges.vendors.listed import (
    ListedDevice,
    Vendor,
    VendorSettings,
    bridge_to,
    read_settings,
    told_of,
)
from rollcall_agent.bridges.vendors.startups import ToldStarts, read_startup
from rollcall_agent.bridges.vendors.values import at, text
from rollcall_agent.enrollment.known_devices import BridgedDevice

NAME = "intune-windows"
FIELDS = ("id", "manufacturer", *graph.DEVICE_FIELDS)
READ_EVERY = timedelta(hours=20)
"""Endpoint analytics has something new about once a day."""
READ_MARK = f"{NAME}/starts_read_at"


def listed(settings: VendorSettings) -> Iterator[ListedDevice]:
    """Every Windows PC."""
    return (device for _, device in _listed(settings))


def read_pc(reply: Any) -> ListedDevice | None:
    """None for what is no Windows PC or has no serial number."""
    device = graph.read_device(reply)
    if device is None or text(at(reply, "operatingSystem")) != "Windows":
        return None
    return replace(device, platform="windows", manufacturer=text(at(reply, "manufacturer")))


def poll(asked: Poll) -> Iterator[ToldOfDevice]:
    """Every PC, and of each the starts that were not told yet, where a day has passed since they were read."""
    settings = read_settings(VENDOR, asked.folder)
    known: dict[str, BridgedDevice] = {}
    for intune_id, device in _listed(settings):
        told = told_of(NAME, device, asked)
        known[intune_id] = told.device
        yield told
    read_at = asked.recall(READ_MARK)
    if known and (read_at is None or asked.is_asked_anew or asked.now - datetime.fromisoformat(read_at) >= READ_EVERY):
        yield from _starts(settings, known, asked)
        yield ToldOfDevice(device=next(iter(known.values())), marks={READ_MARK: asked.now.isoformat()})


def _listed(settings: VendorSettings) -> Iterator[tuple[str, ListedDevice]]:
    for one in graph.read_list(settings, graph.DEVICES_PATH, FIELDS):
        if (pc := read_pc(one)) is not None:
            yield str(at(one, "id")), pc


def _starts(settings: VendorSettings, known: dict[str, BridgedDevice], asked: Poll) -> Iterator[ToldOfDevice]:
    """In the order of time: of a PC with more starts than are remembered, those that are forgotten are the oldest."""
    told: dict[str, ToldStarts] = {}
    order = {"$orderby": "startTime"}
    for one in graph.read_list(settings, startups.PATH, startups.FIELDS, **order):
        startup = read_startup(one)
        device = None if startup is None else known.get(startup.device_id)
        if startup is None or device is None or startup.started_at > asked.now:
            continue
        serial = str(device.serial_number)
        mark = f"{NAME}/starts/{serial}"
        before = told.get(serial) or ToldStarts.read(None if asked.is_asked_anew else asked.recall(mark))
        if before.has(startup.started_at):
            continue
        told[serial] = before.with_one(startup.started_at)
        yield ToldOfDevice(
            device=device,
            bodies=startup.bodies(serial),
            observed_at=startup.started_at,
            marks={mark: told[serial].text},
        )


VENDOR = Vendor(name=NAME, platform="windows", needs=graph.NEEDS, place_fields=("category",), listed=listed)
BRIDGE = replace(bridge_to(VENDOR), poll=poll)
