"""Shows a fresh sign-in link, to be handed to somebody: once, and on no page that is kept."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.settings import sign_in_link
from rollcall_collector.identity.people import HANDED_LINK_MINUTES, create_link
from rollcall_dashboards.shared.local_address import own_address
from rollcall_dashboards.shared.render import show


def show_link(request: Request, services: Services, name: str, *, onward: str = "") -> HTMLResponse:
    """A fresh link to hand over; from the setup it goes `onward`."""
    secret = create_link(services.engine, name, services.clock(), minutes=HANDED_LINK_MINUTES)
    values = {
        "name": name,
        "link": sign_in_link(own_address(request, services), secret),
        "hours": HANDED_LINK_MINUTES // 60,
        "onward": onward,
    }
    page = show(request, "link.html", values)
    page.headers["cache-control"] = "no-store"
    return page
