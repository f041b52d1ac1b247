"""Lets in who scanned a cart's code, not too often, and turns away everybody else in one and the same way."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.carts.now import judge_one_cart
from rollcall_collector.identity.cart_codes import CodedCart, find_coded
from rollcall_collector.identity.credentials import new_secret
from rollcall_collector.model.cart import CartReadiness
from rollcall_collector.model.site import Site
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.kept_settings import get_or_create
from rollcall_collector.store.sites import find_site
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show

HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
"""The secret stands in the address: it must not travel on, nor be kept, nor be found."""
_KEY = "cart_code.form_key"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scanned:
    """The cart whose code was scanned, as it is now, its site, and the key that marks forms as ours."""

    coded: CodedCart
    readiness: CartReadiness
    site: Site
    now: datetime
    form_key: str


def new_turnstile() -> Turnstile:
    """A whole school may scan through one address; who guesses codes is slowed down."""
    return Turnstile(at_once=600, a_second=10.0)


def let_in(request: Request, services: Services, secret: str) -> Scanned | HTMLResponse:
    """The scanned cart; else the answer that turns away: the same where the code is unknown and where it ended."""
    now = services.clock()
    address = request.client.host if request.client else ""
    if not request.app.state.code_turnstile.admits(address, to_us(now)):
        sentence = translate("Too many have looked from here just now: try again in a minute.")
        return keep_private(show(request, "cart_code/turned_away.html", {"sentence": sentence}, status=429))
    coded = find_coded(services.engine, secret, now)
    if coded is None:
        sentence = translate("This code does not work. The technician of your school has the one that does.")
        return keep_private(show(request, "cart_code/turned_away.html", {"sentence": sentence}, status=404))
    with services.engine.connect() as connection:
        readiness = judge_one_cart(connection, coded.scope, now, coded.cart)
        site = find_site(connection, coded.scope, readiness.cart.site)
    key = get_or_create(services.engine, _KEY, new_secret)
    return Scanned(coded=coded, readiness=readiness, site=site, now=now, form_key=key)


def keep_private(page: HTMLResponse) -> HTMLResponse:
    """The page with the headers of one whose address is a secret."""
    page.headers.update(HEADERS)
    return page
