"""Makes the code that stands on a cart, with a sheet to print, ends it, and takes either back."""

from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from rollcall_collector.api.http.session import Given, Technician
from rollcall_collector.carts.now import judge_one_cart
from rollcall_collector.identity.cart_codes import make_code
from rollcall_collector.store.teachers.cart_codes import end_code, restore_code
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)
HERE_ALONE = {"127.0.0.1", "localhost", "::1"}
"""Hosts that mean this machine, to a telephone the telephone."""


@router.post("/carts/{cart}/code")
def make_sheet(request: Request, services: Given, person: Technician, cart: int) -> HTMLResponse:
    """The sheet of a new code. It is shown this once: only the hash of its secret is kept."""
    now = services.clock()
    secret = make_code(services.engine, person.scope, cart, author=person.name, now=now)
    with services.engine.connect() as connection:
        found = judge_one_cart(connection, person.scope, now, cart).cart
    own = services.public_url or f"{request.url.scheme}://{request.url.netloc}"
    address = f"{own.rstrip('/')}/c/{secret}"
    values = {
        "cart": found,
        "address": address,
        "drawn": draw_code(address),
        "is_here_alone": urlsplit(address).hostname in HERE_ALONE,
    }
    page = show(request, "carts/sheet.html", values)
    page.headers["cache-control"] = "no-store"
    return page


@router.post("/carts/{cart}/code/end")
def end_sheet(services: Given, person: Technician, cart: int) -> RedirectResponse:
    """From now on the code leads nowhere."""
    with services.engine.begin() as connection:
        end_code(connection, person.scope, cart, services.clock())
    return RedirectResponse(f"/carts/{cart}#code", status_code=303)


@router.post("/carts/codes/{code}/restore")
def restore_sheet(services: Given, person: Technician, code: int) -> RedirectResponse:
    """The code that ended works again, in place of the one that does."""
    with services.engine.begin() as connection:
        cart = restore_code(connection, person.scope, code, services.clock())
    return RedirectResponse(f"/carts/{cart}#code", status_code=303)


def draw_code(address: str) -> Markup:
    """The address as a QR code (ISO/IEC 18004), level M, dark on light with its quiet edge, whatever the page is."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        scale=8, border=4, dark="#000", light="#fff", omitsize=True, svgclass="code"
    )
    return Markup(drawn)  # noqa: S704  # drawn by the library from squares alone; the address is not in it as text
