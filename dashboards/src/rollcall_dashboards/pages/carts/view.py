"""Which carts can be used now? Each cart drawn as its slots, the ready count large."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from rollcall_collector.api.http.session import Given, MaySeeCarts
from rollcall_collector.carts.now import glance_at_carts
from rollcall_collector.model.cart import CartCount, CartGlance
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.carts import count_carts
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.pages.carts import drawing
from rollcall_dashboards.pages.carts.memory import recall, remember
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.short_carts import list_short_carts
from rollcall_dashboards.shared.slot_wording import add_next_lesson
from rollcall_dashboards.shared.wording import say_number

router = APIRouter(include_in_schema=False)
STATES = (
    "ready",
    "charging",
    "low",
    "in_use",
    "missing",
    "out_of_service",
    "said_broken",
    "needs_unlocking",
    "unknown",
)
AT_ONCE_MAX = 80
"""More carts than these are shown a site at a time: nobody looks for theirs among hundreds."""


@router.get("/carts")
def show_carts(
    request: Request, services: Given, person: MaySeeCarts, site: str | None = None, short: str = ""
) -> Response:
    """Every cart by site and name, those of one site or those that are short; in a large district a site at a time.

    Where nothing is asked, the address of the site that this browser chose last is.
    """
    now, last = services.clock(), recall(request)
    with services.engine.connect() as connection:
        counts = count_carts(connection, person.scope)
        sites, known = list(counts), sum(counts.values())
        if site is None and not short and len(sites) > 1 and last.site in sites:
            return RedirectResponse(f"/carts?{urlencode({'site': last.site})}", status_code=303)
        if not site and not short and known > AT_ONCE_MAX:
            site = sites[0]
        schools = {one.name: one for one in list_sites(connection, person.scope)}
        told: Sequence[CartCount] = ()
        if short:
            told = list_short_carts(connection, person.scope, now, schools, site or None)
            carts = _judge_first(connection, person.scope, now, told, schools.values())
        else:
            carts = glance_at_carts(connection, person.scope, now, site=site or None, schools=schools.values())
    chosen = site if site in sites else sites[0] if len(sites) == 1 else ""
    values = {
        "title": short_title(len(told)) if short else add_next_lesson(title(carts), schools.get(chosen), now),
        "is_cut": len(told) > len(carts),
        "carts": sorted(carts, key=lambda one: one.cart.cart != last.cart),
        "last_cart": last.cart,
        "draw_cart": drawing.draw,
        "site": site,
        "is_short": bool(short),
        "sites": sites,
        "has_all": known <= AT_ONCE_MAX,
        "legend": [(badges.slot(state), state) for state in STATES],
    }
    page = show(request, "carts/carts.html", values)
    if site is not None and (not site or site in sites):
        remember(page, replace(last, site=site))
    return page


def _judge_first(
    connection: Connection, scope: Scope, now: datetime, told: Sequence[CartCount], schools: Collection[Site]
) -> Sequence[CartGlance]:
    """The first of these carts, in their order, slot by slot."""
    keys = [one.cart.cart for one in told[:AT_ONCE_MAX]]
    return sorted(
        glance_at_carts(connection, scope, now, keys=keys, schools=schools), key=lambda one: keys.index(one.cart.cart)
    )


def short_title(count: int) -> str:
    """The answer where only short carts are asked for."""
    if not count:
        return translate("No cart is short now")
    return translate_count("%(num)s cart is short of devices", "%(num)s carts are short of devices", count)


def title(carts: Sequence[CartGlance]) -> str:
    """The answer over all these carts."""
    if not carts:
        return translate("No carts yet")
    ready, members = sum(one.ready for one in carts), sum(one.members for one in carts)
    return translate_count(
        "%(ready)s of %(members)s devices ready in %(num)s cart",
        "%(ready)s of %(members)s devices ready in %(num)s carts",
        len(carts),
        ready=say_number(ready),
        members=say_number(members),
    )
