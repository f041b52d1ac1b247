"""Says which carts can be used now: joins what is kept of their members with the rule of readiness."""

from datetime import datetime

from sqlalchemy import Connection

from rollcall_collector.carts.readiness import FIRST_RULE, SURE_FOR, judge_cart
from rollcall_collector.carts.told import has_school
from rollcall_collector.errors import UnknownNameError
from rollcall_collector.model.cart import Cart, CartReadiness
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.carts import cart_members, carts_in_doubt, find_cart, list_carts
from rollcall_collector.store.sites import list_sites


def judge_carts(
    connection: Connection, scope: Scope, now: datetime, *, site: str | None = None
) -> tuple[CartReadiness, ...]:
    """The readiness of every cart in scope now, or of those of one site, by site and name: five questions for all."""
    return _judge(connection, scope, list_carts(connection, scope, site), now)


def judge_doubtful_carts(
    connection: Connection, scope: Scope, now: datetime, *, serving_share: float, site: str | None = None
) -> tuple[CartReadiness, ...]:
    """The same of those carts alone that have school today and of which fewer members than this share surely serve.

    Of a large fleet few are judged: for most carts one sum says that they serve.
    """
    schools = {one.name: one for one in list_sites(connection, scope)}
    doubtful = carts_in_doubt(
        connection,
        scope,
        site=site,
        since=now - SURE_FOR,
        ready_percent=FIRST_RULE.ready_percent,
        serving_share=serving_share,
    )
    found = tuple(
        cart
        for cart in (list_carts(connection, scope, keys=doubtful) if doubtful else ())
        if has_school(schools[cart.site], now)
    )
    return _judge(connection, scope, found, now) if found else ()


def judge_one_cart(connection: Connection, scope: Scope, now: datetime, cart: int) -> CartReadiness:
    """The readiness of one cart now. Raises UnknownNameError where there is none of this number."""
    found = list_carts(connection, scope, keys=(cart,))
    if not found:
        raise UnknownNameError(f"unknown cart {cart}: `rollcall carts list` names those there are")
    return _judge(connection, scope, found, now)[0]


def judge_named_cart(
    connection: Connection, scope: Scope, now: datetime, name: str, site: str | None = None
) -> CartReadiness:
    """The readiness of the cart of this name. Raises UnknownNameError where there is none, or several."""
    return _judge(connection, scope, (find_cart(connection, scope, name, site),), now)[0]


def _judge(connection: Connection, scope: Scope, carts: tuple[Cart, ...], now: datetime) -> tuple[CartReadiness, ...]:
    sites = {one.name: one for one in list_sites(connection, scope)}
    members = cart_members(connection, scope, tuple(cart.cart for cart in carts))
    return tuple(judge_cart(cart, members[cart.cart], sites[cart.site], now) for cart in carts)
