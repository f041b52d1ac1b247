"""Which devices are like this? A table that filters while one types, with a bar of the last 30 days a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.model.device import Device, Page
from rollcall_collector.model.fact import DayCell
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.device_names import find_bearers, find_near
from rollcall_collector.store.devices import list_devices
from rollcall_collector.store.facts import cells
from rollcall_collector.store.judged.start_times import StartTime, start_times
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.pages.devices.choices import list_choices, say_unknown
from rollcall_dashboards.pages.devices.query import BESIDE, Asked, addresses, read_asked, to_query
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.finding_wording import say_kind
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import say_number, today_in

router = APIRouter(include_in_schema=False)
LEAPS_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One device of the table: its bar, its starts of the last four weeks, and the zone of its school."""

    device: Device
    cells: tuple[DayCell, ...]
    start: StartTime | None
    zone: str


@router.get("/devices")
def show_devices(request: Request, services: Given, person: MaySeeDevices) -> Response:
    """One page of the devices that match the address; a page past the last leads to the last.

    What is searched from the top of a page leads straight to the one device of that name.
    """
    asked = read_asked(request.query_params)
    with services.engine.connect() as connection:
        if "find" in request.query_params:
            bearers = find_bearers(connection, person.scope, asked.text)
            if len(bearers) == 1:
                return RedirectResponse(f"/devices/{quote(bearers[0].device_id, safe='')}", status_code=303)
        found = list_devices(connection, person.scope, to_query(asked, services.clock()))
        if found.page > found.pages:
            return RedirectResponse(addresses(asked)(page=found.pages), status_code=303)
        sites = {site.name: site for site in list_sites(connection, person.scope)}
        options = list_choices(connection, person.scope, sites, asked)
        values = {
            "asked": asked,
            "address": addresses(asked),
            "found": found.total,
            "export": addresses(asked, "/devices.csv")(page=""),
            "leaps": _leaps(found.page, found.pages),
            "near": find_near(connection, person.scope, asked.text) if asked.text and not found.total else (),
            "is_filtered": asked.is_filtered,
            "fleet": found.total or asked.is_filtered,
            "title": _title(found.total, asked),
            "rows": _rows(connection, person.scope, services, found, sites),
            "page": found.page,
            "pages": found.pages,
            "options": options,
            "unknown": say_unknown(options, asked),
            "may_move": person.may("place"),
        }
    page = show(request, "devices/devices.html", values)
    page.headers["hx-push-url"] = addresses(asked)()  # while one types: the address without its empty words
    return page


def _leaps(page: int, pages: int) -> list[int]:
    """The pages to leap to: all of a few, else the first, the last, and those around this one."""
    near = range(1, pages + 1) if pages <= LEAPS_MAX else (1, *range(page - 3, page + 4), pages)
    return sorted({one for one in near if 1 <= one <= pages})


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
    if asked.flag == BESIDE:
        more = "%(num)s device has more open beside what was decided"
        return translate_count(more, "%(said)s devices have more open beside what was decided", total, said=total)
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
