"""Moves the chosen devices to a site, cart and slot, and prints the sheet of their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.session import Given, MayPlace, MaySeeDevices
from rollcall_collector.model.device import Device
from rollcall_collector.model.scope import Scope
from rollcall_collector.roster.close_names import find_twin
from rollcall_collector.store.carts import cart_names, list_carts
from rollcall_collector.store.places.moves import SLOT_MAX, Destination, move_devices
from rollcall_collector.store.sites import find_site, site_keys
from rollcall_dashboards.pages.devices.chosen import Chosen, read_chosen, read_words
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.qr_code import draw_code
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import say_number

router = APIRouter(prefix="/devices/chosen", include_in_schema=False)
NAMED = 50
LABELS_MAX = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Where the form says that they go. `make` is the name of a cart that is to be made new."""

    site: str = ""
    cart: str = ""
    first_slot: str = ""
    room: str = ""
    make: str = ""

    @property
    def slot(self) -> int | None:
        """The first slot; None where none is said, or no slot's number."""
        is_slot = (
            self.first_slot.isascii() and self.first_slot.isdigit() and len(self.first_slot) <= len(str(SLOT_MAX))
        )
        return int(self.first_slot) or None if is_slot else None


def read_wanted(
    site: Annotated[str, Form(max_length=128)] = "",
    cart: Annotated[str, Form(max_length=128)] = "",
    first_slot: Annotated[str, Form(max_length=10)] = "",
    room: Annotated[str, Form(max_length=128)] = "",
    make: Annotated[str, Form(max_length=128)] = "",
) -> Wanted:
    """The form's words without blanks around them."""
    return Wanted(
        site=site.strip(),
        cart=" ".join(cart.split()),
        first_slot=first_slot.strip(),
        room=room.strip(),
        make=" ".join(make.split()),
    )


@router.get("")
def show_chosen(request: Request, services: Given, person: MaySeeDevices) -> HTMLResponse:
    """What is chosen, and where it may go."""
    chosen = read_chosen(request.query_params)
    with services.engine.connect() as connection:
        found = chosen.devices(connection, person.scope, services.clock())
        return _ask(request, connection, person.scope, chosen, found, Wanted(site=_site_of_all(found)))


@router.post("/move")
def move(
    request: Request,
    services: Given,
    person: MayPlace,
    wanted: Annotated[Wanted, Depends(read_wanted)],
    chosen: Annotated[str, Form(max_length=100_000)] = "",
) -> Response:
    """Move them; a cart that is not there yet is asked about first. Leads to where it can be taken back."""
    meant = read_words(chosen)
    if not wanted.site:
        return RedirectResponse(meant.address("/devices/chosen"), status_code=303)
    with services.engine.begin() as connection:
        found = meant.devices(connection, person.scope, services.clock())
        site = find_site(connection, person.scope, wanted.site)
        if (doubt := _doubt(connection, person.scope, wanted)) is not None:
            return _ask(request, connection, person.scope, meant, found, wanted, doubt)
        to = Destination(site=site, cart=wanted.cart or None, first_slot=wanted.slot, room=wanted.room or None)
        keys = [device.device for device in found]
        change = move_devices(connection, person.scope, keys, to, author=person.name, now=services.clock())
    return RedirectResponse(f"/sites?change={change}", status_code=303)


@router.get("/labels")
def show_labels(request: Request, services: Given, person: MaySeeDevices) -> HTMLResponse:
    """A sheet of labels to print and stick on: name, serial number, place, and the name as a QR code."""
    chosen = read_chosen(request.query_params)
    with services.engine.connect() as connection:
        found = chosen.devices(connection, person.scope, services.clock())
    if len(found) > LABELS_MAX:
        raise ApiProblem(422, "too_many", translate("At most %(most)s labels at once: choose fewer.", most=LABELS_MAX))
    values = {
        "title": translate_count("%(num)s label", "%(said)s labels", len(found), said=say_number(len(found))),
        "labels": [(device, draw_code(device.name, border=2)) for device in found],
        "back": chosen.address("/devices/chosen"),
    }
    return show(request, "devices/labels.html", values)


def _ask(  # noqa: PLR0917  # read at its two calls
    request: Request,
    connection: Connection,
    scope: Scope,
    chosen: Chosen,
    found: Sequence[Device],
    wanted: Wanted,
    doubt: str | None = None,
) -> HTMLResponse:
    person = request.state.person
    count = len(found)
    values = {
        "title": translate_count("%(num)s device chosen", "%(said)s devices chosen", count, said=say_number(count))
        if found
        else translate("No device is chosen"),
        "devices": found[:NAMED],
        "more": max(0, count - NAMED),
        "chosen": chosen,
        "wanted": wanted,
        "doubt": doubt,
        "may_move": person.may("place"),
        "sites": list(site_keys(connection, scope)),
        "carts": list(cart_names(connection, scope)),
    }
    return show(request, "devices/chosen.html", values, status=200 if doubt is None else 422)


def _doubt(connection: Connection, scope: Scope, wanted: Wanted) -> str | None:
    """What to ask before it is done: whether a new cart is meant, whether the slot is one."""
    if wanted.first_slot and wanted.slot is None:
        return translate(
            "'%(slot)s' is no slot: write a number from 1 to %(most)s.", slot=wanted.first_slot, most=SLOT_MAX
        )
    names = [cart.name for cart in list_carts(connection, scope, wanted.site)]
    if not wanted.cart or wanted.cart in names or wanted.make == wanted.cart:
        return None
    near = find_twin(wanted.cart, names)
    if near is not None:
        return translate(
            "%(site)s has no cart '%(cart)s'. Did you mean '%(near)s'? Write that, or move to make a new cart.",
            site=wanted.site,
            cart=wanted.cart,
            near=near,
        )
    return translate("%(site)s has no cart '%(cart)s' yet: move to make it.", site=wanted.site, cart=wanted.cart)


def _site_of_all(found: Sequence[Device]) -> str:
    names = {device.site for device in found}
    return (names.pop() or "") if len(names) == 1 else ""
