"""Writes the chosen devices, or all that match, as CSV and as a spreadsheet."""

from collections.abc import Iterator, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.model.device import Device
from rollcall_collector.sheets.csv_cells import BOM, write_lines
from rollcall_collector.sheets.xlsx import write_table
from rollcall_dashboards.pages.devices.chosen import read_chosen

router = APIRouter(include_in_schema=False)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXPORTED = (
    "device_id",
    "serial_number",
    "asset_tag",
    "platform",
    "manufacturer",
    "model",
    "os_version",
    "site",
    "cart",
    "slot",
    "purchased_on",
    "warranty_until",
    "support_until",
    "last_heard_at",
    "verdict",
    "sentence",
    "active_days",
)


@router.get("/devices.csv")
def export_devices(request: Request, services: Given, person: MaySeeDevices) -> StreamingResponse:
    """Every device that is ticked or matches the address, not only the page that is shown."""
    parts = read_chosen(request.query_params).parts(services.engine, person.scope, services.clock())
    headers = {"content-disposition": 'attachment; filename="devices.csv"'}
    return StreamingResponse(_lines(parts), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/devices.xlsx")
def export_sheet(request: Request, services: Given, person: MaySeeDevices) -> Response:
    """The same as a spreadsheet."""
    with services.engine.connect() as connection:
        found = read_chosen(request.query_params).devices(connection, person.scope, services.clock())
    content = write_table("Devices", _EXPORTED, map(_row, found))
    headers = {"content-disposition": 'attachment; filename="devices.xlsx"'}
    return Response(content, media_type=_XLSX, headers=headers)


def _lines(parts: Iterator[Sequence[Device]]) -> Iterator[str]:
    yield BOM + write_lines([_EXPORTED])
    for found in parts:
        yield write_lines(_row(device) for device in found)


def _row(device: Device) -> list[object]:
    return [getattr(device, name) for name in _EXPORTED]
