"""Finds the device that an address means; where there is none, shows those it may have meant."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from rollcall_collector.errors import UnknownDeviceError
from rollcall_collector.model.device import Device, DeviceQuery
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.device_names import find_bearers, find_near
from rollcall_collector.store.devices import find_device, list_devices
from rollcall_dashboards.shared.render import show

ALIKE_MAX = 8
_NAME_MAX = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """The device of a name, or None and those that may be meant, retired ones last."""

    device: Device | None
    alike: tuple[Device, ...] = ()


def look_up(connection: Connection, scope: Scope, name: str) -> Meant:
    """A device in scope by id, serial number or tag; else the only one of that name in another case of letters."""
    try:
        return Meant(device=find_device(connection, scope, name))
    except UnknownDeviceError:
        pass
    bearers = find_bearers(connection, scope, name)
    if len(bearers) == 1:
        return Meant(device=bearers[0])
    return Meant(device=None, alike=bearers or _alike(connection, scope, name))


def show_unknown(request: Request, name: str, alike: tuple[Device, ...]) -> HTMLResponse:
    """That no device has this name, with those that it may mean, and a search."""
    return show(request, "device/unknown.html", {"name": name, "alike": alike}, status=404)


def _alike(connection: Connection, scope: Scope, name: str) -> tuple[Device, ...]:
    """Those whose names hold it; where none does, those whose names are close to it."""
    holding = tuple(
        device
        for is_retired in (False, True)
        for device in list_devices(
            connection, scope, DeviceQuery(text=name[:_NAME_MAX], retired=is_retired, sort="name", page_size=ALIKE_MAX)
        ).devices
    )
    return holding[:ALIKE_MAX] or find_near(connection, scope, name, at_most=ALIKE_MAX)
