"""Moves devices to another site, cart and slot, and puts those back that have not moved on since."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from rollcall_collector.errors import StoreError
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.carts import ensure_cart
from rollcall_collector.store.places.changes import PlaceChange, note_change
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import carts, devices, sites

SLOT_MAX = 999


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where devices go: a site, in it a cart by its name (made if it is new) or none, and the room of that cart.

    With `first_slot` they take the free slots from there on in the order given; without, none.
    """

    site: Site
    cart: str | None = None
    first_slot: int | None = None
    room: str | None = None

    @property
    def name(self) -> str:
        """As people say it."""
        return self.site.name if self.cart is None else f"{self.site.name}, {self.cart}"


def move_devices(
    connection: Connection, scope: Scope, keys: Sequence[int], to: Destination, *, author: str, now: datetime
) -> int:
    """Move those of these devices that are in scope; returns the number of the change.

    Raises StoreError where the site is out of scope, or nothing is left to move.
    """
    found = _places(connection, scope, keys)
    if not found or not (scope.sites is None or to.site.site in scope.sites):
        raise StoreError("there is nothing to move: choose devices and a site that you see")
    cart = None if to.cart is None else ensure_cart(connection, to.site.site, to.cart)[0]
    before: dict[str, Any] = {"devices": [list(place) for place in found], "cart": cart}
    if cart is not None and to.room is not None:
        room = select(carts.c.home_room).where(carts.c.cart == cart)
        before["room"] = connection.execute(room).scalar()
        connection.execute(update(carts).where(carts.c.cart == cart).values(home_room=to.room or None))
    moving = [device for device, *_ in found]
    slots = _free_slots(connection, cart, moving, to.first_slot)
    _put(connection, [(device, to.site.site, cart, next(slots)) for device in moving])
    change = PlaceChange(
        change=0,
        kind="move",
        site=to.site.site,
        subject="",
        target=to.name,
        devices=len(moving),
        author=author,
        changed_at=now,
        undone_at=None,
    )
    return note_change(connection, change, before)


def put_back(connection: Connection, scope: Scope, moved: PlaceChange, before: Mapping[str, Any]) -> int:
    """Put devices back that are where this move brought them, in places that are still there; returns how many.

    Raises StoreError where one came from a site that is out of scope.
    """
    sites_now = set(connection.execute(select(sites.c.site)).scalars())
    carts_now = {row.cart: row.site for row in connection.execute(select(carts.c.cart, carts.c.site))}
    former = {device: (site, cart, slot) for device, site, cart, slot in before["devices"]}
    if scope.sites is not None and not {site for site, *_ in former.values()} <= scope.sites:
        raise StoreError("some came from a school that you do not see: somebody who sees both must take it back")
    still = [
        device
        for device, site, cart, _ in _places(connection, scope, list(former))
        if (site, cart) == (moved.site, before["cart"])
    ]
    back = []
    for device in still:
        site, cart, slot = former[device]
        is_there = cart is None or carts_now.get(cart) == site
        back.append(
            (device, site if site in sites_now else None, cart if is_there else None, slot if is_there else None)
        )
    _put(connection, back)
    if "room" in before:
        connection.execute(update(carts).where(carts.c.cart == before["cart"]).values(home_room=before["room"]))
    return len(back)


def _places(
    connection: Connection, scope: Scope, keys: Sequence[int]
) -> list[tuple[int, int | None, int | None, int | None]]:
    query = select(devices.c.device, devices.c.site, devices.c.cart, devices.c.slot).where(devices.c.device.in_(keys))
    found = {row.device: row for row in connection.execute(within(query, scope, devices.c.site))}
    return [(key, found[key].site, found[key].cart, found[key].slot) for key in dict.fromkeys(keys) if key in found]


def _free_slots(
    connection: Connection, cart: int | None, moving: Sequence[int], first: int | None
) -> Iterator[int | None]:
    """The cart's slots from the first on that nobody else is in; then none."""
    if cart is not None and first is not None:
        others = select(devices.c.slot).where(
            devices.c.cart == cart, devices.c.device.not_in(moving), devices.c.retired_on.is_(None)
        )
        taken = set(connection.execute(others).scalars())
        yield from (slot for slot in range(first, SLOT_MAX + 1) if slot not in taken)
    yield from (None for _ in count())


def _put(connection: Connection, placed: Sequence[tuple[int, int | None, int | None, int | None]]) -> None:
    if not placed:
        return
    put = update(devices).where(devices.c.device == bindparam("the_device"))
    put = put.values(site=bindparam("to_site"), cart=bindparam("to_cart"), slot=bindparam("to_slot"))
    names = ("the_device", "to_site", "to_cart", "to_slot")
    connection.execute(put, [dict(zip(names, place, strict=True)) for place in placed])
