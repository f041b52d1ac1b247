"""Can this cart be used now? Its slots one by one, each with its letter and its reason."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.session import Given, Viewer
from rollcall_collector.carts.now import judge_one_cart
from rollcall_collector.model.cart import CartReadiness
from rollcall_collector.store.sites import find_site
from rollcall_dashboards.pages.carts import drawing
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)


@router.get("/carts/{cart}")
def show_cart(request: Request, services: Given, person: Viewer, cart: int) -> HTMLResponse:
    """One cart."""
    with services.engine.connect() as connection:
        found = judge_one_cart(connection, person.scope, services.clock(), cart)
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
