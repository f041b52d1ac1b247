"""Makes the codes that stand on carts, and knows on which cart a scanned one stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from rollcall_collector.identity.credentials import digest, new_secret
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.teachers import cart_codes as store

# Who looks again and again is one use; a write for each look would be a write for each pupil's finger.
_TOUCH = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class CodedCart:
    """The cart on which a code stands, and the scope in which who scanned it may ask: its own site, and no device."""

    cart: int
    scope: Scope


def make_code(engine: Engine, scope: Scope, cart: int, *, author: str, now: datetime) -> str:
    """The secret of a new code; the one before it works no more. Raises UnknownNameError where there is no such cart.

    Only its hash is kept: who loses the sheet makes another.
    """
    secret = new_secret()
    with engine.begin() as connection:
        store.replace_code(connection, scope, cart, secret_hash=digest(secret), author=author, now=now)
    return secret


def find_coded(engine: Engine, secret: str, now: datetime) -> CodedCart | None:
    """The cart on which this code stands; None where it is unknown or ended: nobody is told which."""
    secret_hash = digest(secret)
    with engine.connect() as connection:
        found = store.find_by_hash(connection, secret_hash)
    if found is None:
        return None
    cart, site, used_us = found
    if used_us is None or to_us(now) - used_us >= _TOUCH // timedelta(microseconds=1):
        with engine.begin() as connection:
            store.touch_code(connection, secret_hash, now)
    return CodedCart(cart=cart, scope=Scope(sites=frozenset({site}), has_devices=False))
