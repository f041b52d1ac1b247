"""Keeps the codes that stand on carts: of each only the hash, one of a cart that works, and the one before it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from rollcall_collector.errors import UnknownNameError
from rollcall_collector.model.cart import CartCode
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import cart_codes, carts

_works = cart_codes.c.ended_us.is_(None)


def list_codes(connection: Connection, scope: Scope, cart: int) -> tuple[CartCode, ...]:
    """The cart's codes: the one that works first, then the one that ended last."""
    query = select(cart_codes).join(carts, carts.c.cart == cart_codes.c.cart).where(carts.c.cart == cart)
    rows = connection.execute(within(query, scope, carts.c.site).order_by(cart_codes.c.code.desc()))
    return tuple(sorted((_code(row) for row in rows), key=lambda code: code.ended_at is not None))


def replace_code(
    connection: Connection, scope: Scope, cart: int, *, secret_hash: str, author: str, now: datetime
) -> None:
    """Keep a new code and end the one that worked. Raises UnknownNameError where there is no such cart."""
    _find_cart(connection, scope, cart)
    connection.execute(delete(cart_codes).where(cart_codes.c.cart == cart, ~_works))
    end_code(connection, scope, cart, now)
    row = {"cart": cart, "secret_hash": secret_hash, "made_us": to_us(now), "made_by": author}
    connection.execute(insert(cart_codes).values(row))


def end_code(connection: Connection, scope: Scope, cart: int, now: datetime) -> bool:
    """End the code that works; false where none did. Raises UnknownNameError where there is no such cart."""
    _find_cart(connection, scope, cart)
    ended = update(cart_codes).where(cart_codes.c.cart == cart, _works).values(ended_us=to_us(now))
    return connection.execute(ended).rowcount == 1


def restore_code(connection: Connection, scope: Scope, code: int, now: datetime) -> int:
    """Let a code that ended work again, in place of the one that does; returns its cart. Raises UnknownNameError."""
    query = select(cart_codes.c.cart).join(carts, carts.c.cart == cart_codes.c.cart).where(cart_codes.c.code == code)
    cart = connection.execute(within(query, scope, carts.c.site)).scalar()
    if cart is None:
        raise UnknownNameError(f"unknown code {code}: it was replaced since; make a new one on the cart's page")
    others = update(cart_codes).where(cart_codes.c.cart == cart, cart_codes.c.code != code, _works)
    connection.execute(others.values(ended_us=to_us(now)))
    connection.execute(update(cart_codes).where(cart_codes.c.code == code).values(ended_us=None))
    return int(cart)


def find_by_hash(connection: Connection, secret_hash: str) -> tuple[int, int, int | None] | None:
    """The cart on which this code stands, its site, and `used_us`; None where the code is unknown or ended."""
    query = select(cart_codes.c.cart, carts.c.site, cart_codes.c.used_us).join(
        carts, carts.c.cart == cart_codes.c.cart
    )
    row = connection.execute(query.where(cart_codes.c.secret_hash == secret_hash, _works)).first()
    return None if row is None else (row.cart, row.site, row.used_us)


def touch_code(connection: Connection, secret_hash: str, now: datetime) -> None:
    """Note that a code was used."""
    latest = func.coalesce(cart_codes.c.used_us, 0) < to_us(now)
    connection.execute(
        update(cart_codes).where(cart_codes.c.secret_hash == secret_hash, latest).values(used_us=to_us(now))
    )


def _find_cart(connection: Connection, scope: Scope, cart: int) -> None:
    query = within(select(carts.c.cart).where(carts.c.cart == cart), scope, carts.c.site)
    if connection.execute(query).first() is None:
        raise UnknownNameError(f"unknown cart {cart}: `rollcall carts list` names those there are")


def _code(row: Any) -> CartCode:
    return CartCode(
        code=row.code,
        made_at=from_us(row.made_us),
        made_by=row.made_by,
        used_at=None if row.used_us is None else from_us(row.used_us),
        ended_at=None if row.ended_us is None else from_us(row.ended_us),
    )
