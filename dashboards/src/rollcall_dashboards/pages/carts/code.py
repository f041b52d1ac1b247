"""Makes the code that stands on a cart, with a sheet to print, ends it, and takes either back."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.session import Given, MayPlace
from rollcall_collector.carts.now import judge_one_cart
from rollcall_collector.identity.cart_codes import make_code
from rollcall_collector.store.teachers.cart_codes import end_code, restore_code
from rollcall_dashboards.shared.local_address import is_this_computer, own_address
from rollcall_dashboards.shared.qr_code import draw_code
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)


@router.post("/carts/{cart}/code")
def make_sheet(request: Request, services: Given, person: MayPlace, cart: int) -> HTMLResponse:
    """The sheet of a new code. It is shown this once: only the hash of its secret is kept."""
    now = services.clock()
    secret = make_code(services.engine, person.scope, cart, author=person.name, now=now)
    with services.engine.connect() as connection:
        found = judge_one_cart(connection, person.scope, now, cart).cart
    address = f"{own_address(request, services)}/c/{secret}"
    values = {
        "cart": found,
        "address": address,
        "drawn": draw_code(address, border=4, scale=8),
        "is_here_alone": is_this_computer(urlsplit(address).hostname),
    }
    page = show(request, "carts/sheet.html", values)
    page.headers["cache-control"] = "no-store"
    return page


@router.post("/carts/{cart}/code/end")
def end_sheet(services: Given, person: MayPlace, cart: int) -> RedirectResponse:
    """From now on the code leads nowhere."""
    with services.engine.begin() as connection:
        end_code(connection, person.scope, cart, services.clock())
    return RedirectResponse(f"/carts/{cart}#code", status_code=303)


@router.post("/carts/codes/{code}/restore")
def restore_sheet(services: Given, person: MayPlace, code: int) -> RedirectResponse:
    """The code that ended works again, in place of the one that does."""
    with services.engine.begin() as connection:
        cart = restore_code(connection, person.scope, code, services.clock())
    return RedirectResponse(f"/carts/{cart}#code", status_code=303)
