"""Finds the device that an address means; where there is none, shows those it may have meant."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from rollcall_collector.errors import UnknownDeviceError
from rollcall_collector.model.device import Device, DeviceQuery
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import find_device, list_devices
from rollcall_dashboards.shared.render import show

ALIKE_MAX = 8
_NAME_MAX = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """The device of a name, or None and those whose names hold it, retired ones last."""

    device: Device | None
    alike: tuple[Device, ...] = ()


def look_up(connection: Connection, scope: Scope, name: str) -> Meant:
    """A device in scope by id, serial number or tag; else the one whose name differs in its letters' size."""
    try:
        return Meant(device=find_device(connection, scope, name))
    except UnknownDeviceError:
        pass
    alike = tuple(
        device
        for is_retired in (False, True)
        for device in list_devices(
            connection, scope, DeviceQuery(text=name[:_NAME_MAX], retired=is_retired, sort="name", page_size=ALIKE_MAX)
        ).devices
    )
    same = [device for device in alike if name.casefold() in _names(device)]
    return Meant(device=same[0] if len(same) == 1 else None, alike=alike[:ALIKE_MAX])


def show_unknown(request: Request, name: str, alike: tuple[Device, ...]) -> HTMLResponse:
    """That no device has this name, with those that it may mean, and a search."""
    return show(request, "device/unknown.html", {"name": name, "alike": alike}, status=404)


def _names(device: Device) -> set[str]:
    return {name.casefold() for name in (device.device_id, device.serial_number, device.asset_tag) if name}
