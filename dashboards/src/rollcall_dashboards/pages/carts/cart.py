"""Can this cart be used now? Its slots one by one, each with its letter and its reason."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Engine

from rollcall_collector.api.http.session import Given, MaySeeCarts
from rollcall_collector.carts.now import judge_one_cart
from rollcall_collector.carts.roll_call import RollCall, call_cart
from rollcall_collector.model.cart import Cart, CartReadiness
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.carts import list_carts
from rollcall_collector.store.sites import find_site
from rollcall_collector.store.teachers.cart_codes import list_codes
from rollcall_collector.store.teachers.complaints import list_complaints
from rollcall_dashboards.pages.carts import drawing
from rollcall_dashboards.pages.carts.memory import recall, remember
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.slot_wording import add_next_lesson, say_complaint

router = APIRouter(include_in_schema=False)
CLOSED_SHOWN = timedelta(days=14)
"""So long a closed complaint can be opened again here."""
_NUMBER = re.compile("[0-9]{1,9}")


@router.get("/carts/{cart}")
def show_cart(request: Request, services: Given, person: MaySeeCarts, cart: str) -> Response:
    """One cart by its number; a cart's name leads there, too."""
    with services.engine.connect() as connection:
        if not _NUMBER.fullmatch(cart):
            return _lead_on(
                request, cart, [one for one in list_carts(connection, person.scope) if _is_called(one, cart)]
            )
        now = services.clock()
        found = judge_one_cart(connection, person.scope, now, int(cart))
        site = find_site(connection, person.scope, found.cart.site)
        values = {
            "found": found,
            "title": add_next_lesson(title(found), site, now),
            "in_words": drawing.say(found),
            "zone": site.zone,
            "may_place": person.may("place"),
            "may_see_devices": person.may("devices"),
            "codes": list_codes(connection, person.scope, found.cart.cart),
            "complaints": list_complaints(
                connection, person.scope, cart=found.cart.cart, closed_since=now - CLOSED_SHOWN
            ),
            "say_complaint": say_complaint,
        }
    values["call"] = _call(services.engine, person.scope, found, now)
    page = show(request, "carts/cart.html", values)
    remember(page, replace(recall(request), cart=found.cart.cart))
    return page


def _call(engine: Engine, scope: Scope, found: CartReadiness, now: datetime) -> RollCall | None:
    """Opening the page asks the cart's iPads; None where nobody can be asked. Other devices speak by themselves."""
    if not any(one.member and one.member.platform == "ipados" for one in found.slots):
        return None
    with engine.begin() as connection:
        called = call_cart(connection, scope, found.cart.cart, now)
    return called if called.can_be_called else None


def title(found: CartReadiness) -> str:
    """The answer: `Cart B: 26 of 30 ready`."""
    if not found.members:
        return translate("%(name)s has no devices yet", name=found.cart.name)
    return translate(
        "%(name)s: %(ready)s of %(members)s ready", name=found.cart.name, ready=found.ready, members=found.members
    )


def _lead_on(request: Request, name: str, called: Sequence[Cart]) -> Response:
    """To the one cart of this name; where there are several or none, a choice."""
    if len(called) == 1:
        return RedirectResponse(f"/carts/{called[0].cart}", status_code=303)
    if called:
        title = translate("%(count)s carts are called '%(name)s'", count=len(called), name=name)
        detail = translate("Which one is meant?")
        ways = [(f"/carts/{one.cart}", f"{one.name}, {one.site}") for one in called]
    else:
        title = translate("No cart is called '%(name)s'", name=name)
        detail = translate("Carts come with the school's own list of devices: columns site, cart and slot.")
        ways = [("/carts", translate("All carts"))]
    values = {"title": title, "detail": detail, "ways": ways}
    return show(request, "trouble.html", values, status=300 if called else 404)


def _is_called(cart: Cart, name: str) -> bool:
    return cart.name.casefold() == name.strip().casefold()
