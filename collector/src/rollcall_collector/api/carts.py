"""The carts: which can be used now, slot by slot, each with its reason."""

from fastapi import APIRouter
from sqlalchemy import Connection

from rollcall_collector.api.services import Services
from rollcall_collector.api.session import Given
from rollcall_collector.carts.readiness import judge_cart
from rollcall_collector.errors import UnknownNameError
from rollcall_collector.model.cart import CartReadiness
from rollcall_collector.store.carts import cart_members, list_carts
from rollcall_collector.store.sites import list_sites

router = APIRouter(prefix="/carts", tags=["carts"])


@router.get("")
def read_carts(services: Given, site: str | None = None) -> tuple[CartReadiness, ...]:
    """Every cart, or those of one site, with its slots' states now. An unknown site has none."""
    with services.engine.connect() as connection:
        return judge_carts(connection, services, site=site)


@router.get("/{cart}")
def read_cart(services: Given, cart: int) -> CartReadiness:
    """One cart by its number."""
    with services.engine.connect() as connection:
        return judge_one_cart(connection, services, cart)


def judge_carts(connection: Connection, services: Services, *, site: str | None = None) -> tuple[CartReadiness, ...]:
    """The readiness of these carts now, by site and name: four questions for all of them."""
    sites = {one.name: one for one in list_sites(connection)}
    found = list_carts(connection, site)
    members = cart_members(connection, tuple(cart.cart for cart in found))
    now = services.clock()
    return tuple(judge_cart(cart, members[cart.cart], sites[cart.site], now) for cart in found)


def judge_one_cart(connection: Connection, services: Services, cart: int) -> CartReadiness:
    """The readiness of one cart now. Raises UnknownNameError where there is none of this number."""
    found = next((one for one in list_carts(connection) if one.cart == cart), None)
    if found is None:
        raise UnknownNameError(f"unknown cart {cart}: `rollcall carts list` names those there are")
    site = next(one for one in list_sites(connection) if one.name == found.site)
    return judge_cart(found, cart_members(connection, (cart,))[cart], site, services.clock())
