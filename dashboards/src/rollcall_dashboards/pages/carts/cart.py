"""Can this cart be used now? Its slots one by one, each with its letter and its reason."""

import re
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from rollcall_collector.api.http.session import Given, Viewer
from rollcall_collector.carts.now import judge_one_cart
from rollcall_collector.model.cart import Cart, CartReadiness
from rollcall_collector.store.carts import list_carts
from rollcall_collector.store.sites import find_site
from rollcall_dashboards.pages.carts import drawing
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)
_NUMBER = re.compile("[0-9]{1,9}")


@router.get("/carts/{cart}")
def show_cart(request: Request, services: Given, person: Viewer, cart: str) -> Response:
    """One cart by its number; a cart's name leads there, too."""
    with services.engine.connect() as connection:
        if not _NUMBER.fullmatch(cart):
            return _lead_on(
                request, cart, [one for one in list_carts(connection, person.scope) if _is_called(one, cart)]
            )
        found = judge_one_cart(connection, person.scope, services.clock(), int(cart))
        zone = find_site(connection, person.scope, found.cart.site).zone
    values = {"found": found, "title": title(found), "in_words": drawing.say(found), "zone": zone}
    return show(request, "carts/cart.html", values)


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
