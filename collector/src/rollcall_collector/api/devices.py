"""The devices of the fleet: found, filtered, sorted and paged by the store; one device with what it sent last."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.model.device import SILENT_DAYS, DeviceQuery, Heard, Sort
from rollcall_collector.model.fact import DeviceDay
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.store.devices import find_device, list_devices
from rollcall_collector.store.facts import last_vitals, list_days

router = APIRouter(prefix="/devices", tags=["devices"])
"""A device counts as heard when a report came within this span, unless the question says its own."""


class DeviceShape(BaseModel):
    """A device: what it is, where it belongs, and what is said of it now. Null means not known."""

    model_config = ConfigDict(from_attributes=True)

    device_id: str
    name: str
    serial_number: str | None
    asset_tag: str | None
    platform: str | None
    manufacturer: str | None
    model: str | None
    os_version: str | None
    memory_bytes: int | None
    storage_bytes: int | None
    site: str | None
    cart: str | None
    slot: int | None
    role: str
    purchased_on: date | None
    price: float | None
    warranty_until: date | None
    support_until: date | None
    enrolled_on: date | None
    retired_on: date | None
    last_heard_at: datetime | None
    verdict: Verdict
    sentence: str
    active_days: int


class DevicePage(BaseModel):
    """One page of devices, and how many match in all."""

    devices: list[DeviceShape]
    total: int
    page: int
    pages: int
    page_size: int


class DeviceDetail(DeviceShape):
    """A device with its last inventory and vitals, as they came over the wire."""

    inventory: dict[str, Any] | None
    vitals: dict[str, Any] | None


@router.get("")
def read_devices(  # noqa: PLR0917  # a query's parameters are named by nature
    services: Given,
    person: MaySeeDevices,
    text: Annotated[str, Query(max_length=100)] = "",
    site: str | None = None,
    cart: str | None = None,
    platform: str | None = None,
    model: str | None = None,
    role: str | None = None,
    verdict: Annotated[tuple[Verdict, ...], Query()] = (),
    heard: Heard | None = None,
    heard_since: datetime | None = None,
    retired: bool = False,  # noqa: FBT001, FBT002  # as above
    sort: Sort = "verdict",
    order: Literal["ascending", "descending"] = "ascending",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> DevicePage:
    """Devices that match, one page at a time. `text` looks into ids, serial numbers, tags and models."""
    query = DeviceQuery(
        text=text,
        site=site,
        cart=cart,
        platform=platform,
        model=model,
        role=role,
        verdicts=verdict,
        heard=heard,
        heard_since=heard_since or services.clock() - timedelta(days=SILENT_DAYS),
        retired=retired,
        sort=sort,
        is_descending=order == "descending",
        page=page,
        page_size=page_size,
    )
    with services.engine.connect() as connection:
        found = list_devices(connection, person.scope, query)
    shown = [DeviceShape.model_validate(device) for device in found.devices]
    return DevicePage(devices=shown, total=found.total, page=found.page, pages=found.pages, page_size=found.page_size)


@router.get("/{device_id}")
def read_device(services: Given, person: MaySeeDevices, device_id: str) -> DeviceDetail:
    """One device, by its id, serial number or asset tag."""
    with services.engine.connect() as connection:
        device = find_device(connection, person.scope, device_id)
        inventory, vitals = last_vitals(connection, person.scope, device.device)
    shape = DeviceShape.model_validate(device)
    return DeviceDetail(**shape.model_dump(), inventory=inventory, vitals=vitals)


@router.get("/{device_id}/days")
def read_days(
    services: Given, person: MaySeeDevices, device_id: str, since: date | None = None, until: date | None = None
) -> tuple[DeviceDay, ...]:
    """A device's active days, oldest first; the last 90 days unless asked otherwise."""
    last = until or services.clock().date() + timedelta(days=1)
    with services.engine.connect() as connection:
        device = find_device(connection, person.scope, device_id)
        return list_days(connection, person.scope, device.device, since=since or last - timedelta(days=90), until=last)
