"""Which devices are like this? A table that filters while one types, with a bar of the last 30 days a row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from sqlalchemy import Connection

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, Viewer
from rollcall_collector.model.device import Device, Page
from rollcall_collector.model.fact import DayCell
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.sheets.csv_cells import BOM, write_lines
from rollcall_collector.store.devices import list_devices
from rollcall_collector.store.facts import cells
from rollcall_collector.store.judged.start_times import StartTime, start_times
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.pages.devices.choices import list_choices, say_unknown
from rollcall_dashboards.pages.devices.query import Asked, addresses, read_asked, to_query
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.finding_wording import say_kind
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import say_number, today_in

router = APIRouter(include_in_schema=False)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One device of the table: its bar, its starts of the last four weeks, and the zone of its school."""

    device: Device
    cells: tuple[DayCell, ...]
    start: StartTime | None
    zone: str


@router.get("/devices")
def show_devices(request: Request, services: Given, person: Viewer) -> Response:
    """One page of the devices that match the address; a page past the last leads to the last."""
    asked = read_asked(request.query_params)
    with services.engine.connect() as connection:
        found = list_devices(connection, person.scope, to_query(asked, services.clock()))
        if found.page > found.pages:
            return RedirectResponse(addresses(asked)(page=found.pages), status_code=303)
        sites = {site.name: site for site in list_sites(connection, person.scope)}
        options = list_choices(connection, person.scope, sites, asked)
        values = {
            "asked": asked,
            "address": addresses(asked),
            "export": addresses(asked, "/devices.csv")(page=""),
            "is_filtered": asked.is_filtered,
            "fleet": found.total or asked.is_filtered,
            "title": _title(found.total, asked),
            "rows": _rows(connection, person.scope, services, found, sites),
            "page": found.page,
            "pages": found.pages,
            "options": options,
            "unknown": say_unknown(options, asked),
        }
    page = show(request, "devices/devices.html", values)
    page.headers["hx-push-url"] = addresses(asked)()  # while one types: the address without its empty words
    return page


@router.get("/devices.csv")
def export_devices(request: Request, services: Given, person: Viewer) -> StreamingResponse:
    """Every device that matches the address, not only the page that is shown."""
    asked = replace(read_asked(request.query_params), page="")
    return StreamingResponse(
        _export(services, person.scope, asked),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="devices.csv"'},
    )


def _title(total: int, asked: Asked) -> str:
    if not asked.is_filtered:
        return translate_count("%(num)s device", "%(said)s devices", total, said=say_number(total))
    kind = next((verdict for verdict in VERDICTS if verdict == asked.asks), None)
    if kind is not None:
        return say_kind(kind, asked.finding, total)
    if asked.flag == "accepted":
        return translate_count(
            "%(num)s device on the to-do list", "%(said)s devices on the to-do list", total, said=total
        )
    if asked.verdict:
        word = translate(badges.verdict(asked.verdict).word).lower()
        return translate_count("%(num)s device: %(word)s", "%(said)s devices: %(word)s", total, word=word, said=total)
    return translate_count("%(num)s device is like this", "%(said)s devices are like this", total, said=total)


def _rows(
    connection: Connection, scope: Scope, services: Services, found: Page, sites: Mapping[str, Site]
) -> list[Row]:
    today = today_in(services.zone, services.clock())
    zones = {name: site.zone for name, site in sites.items()}
    keys = [device.device for device in found.devices]
    bars = cells(connection, scope, keys, today, sites)
    starts = start_times(connection, scope, keys, today)
    return [
        Row(
            device=device,
            cells=bars[device.device],
            start=starts.get(device.device),
            zone=zones.get(device.site or "", services.zone),
        )
        for device in found.devices
    ]


def _export(services: Services, scope: Scope, asked: Asked) -> Iterator[str]:
    yield BOM + write_lines([_EXPORTED])
    with services.engine.connect() as connection:
        page = 1
        while True:
            query = replace(to_query(asked, services.clock(), page_size=1000), page=page)
            found = list_devices(connection, scope, query)
            yield write_lines([getattr(device, name) for name in _EXPORTED] for device in found.devices)
            if page >= found.pages:
                return
            page += 1
