"""Keeps what teachers say is broken: one open complaint a slot, a few a cart, closed by a technician."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select, update

from rollcall_collector.errors import TooManyComplaintsError, UnknownNameError
from rollcall_collector.model.cart import OPEN_MAX, Complaint, Trouble
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.putting import insert_into
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import carts, complaints, devices, sites

_open = complaints.c.closed_us.is_(None)
_COLUMNS: Select[Any] = (
    select(complaints, carts.c.name.label("cart_name"), sites.c.name.label("site_name"), devices.c.device_id)
    .join(carts, carts.c.cart == complaints.c.cart)
    .join(sites, sites.c.site == carts.c.site)
    .outerjoin(devices, devices.c.device == complaints.c.device)
)


def keep_complaint(
    connection: Connection, cart: int, slot: int | None, trouble: Trouble | None, now: datetime
) -> int | None:
    """The key of the new complaint; None where one of this slot stands already: said twice is said once.

    Raises TooManyComplaintsError while OPEN_MAX of this cart are open.
    """
    number = slot or 0
    standing = connection.execute(select(complaints.c.slot).where(complaints.c.cart == cart, _open)).scalars().all()
    if number in standing:
        return None
    if len(standing) >= OPEN_MAX:
        raise TooManyComplaintsError
    row = {"cart": cart, "slot": number, "device": _device_in(connection, cart, number), "trouble": trouble}
    made = insert_into(connection, complaints).values(**row, said_us=to_us(now))
    once = made.on_conflict_do_nothing(index_elements=["cart", "slot"], index_where=_open)
    return connection.execute(once.returning(complaints.c.complaint)).scalar()


def withdraw_complaint(connection: Connection, cart: int, complaint: int) -> bool:
    """Forget an open complaint of this cart, as if it had not been made; false where it is closed or gone."""
    chosen = delete(complaints).where(complaints.c.complaint == complaint, complaints.c.cart == cart, _open)
    return connection.execute(chosen).rowcount == 1


def close_complaint(connection: Connection, scope: Scope, complaint: int, *, author: str, now: datetime) -> Complaint:
    """Close a complaint; one that is closed stays as it is. Raises UnknownNameError."""
    found = _find(connection, scope, complaint)
    closed = update(complaints).where(complaints.c.complaint == complaint, _open)
    connection.execute(closed.values(closed_us=to_us(now), closed_by=author))
    return found


def reopen_complaint(connection: Connection, scope: Scope, complaint: int) -> Complaint:
    """Take a closing back; unless one of this slot stands open meanwhile. Raises UnknownNameError."""
    found = _find(connection, scope, complaint)
    again = select(func.count()).select_from(complaints).where(complaints.c.cart == found.cart, _open)
    if connection.execute(again.where(complaints.c.slot == (found.slot or 0))).scalar_one() == 0:
        opened = update(complaints).where(complaints.c.complaint == complaint)
        connection.execute(opened.values(closed_us=None, closed_by=None))
    return found


def list_complaints(
    connection: Connection, scope: Scope, *, cart: int | None = None, closed_since: datetime | None = None
) -> tuple[Complaint, ...]:
    """The open complaints in scope, or of one cart, oldest first; also those closed since then, where that is said."""
    wanted = _open if closed_since is None else _open | (complaints.c.closed_us >= to_us(closed_since))
    query = within(_COLUMNS, scope, carts.c.site).where(wanted).order_by(complaints.c.said_us, complaints.c.complaint)
    if cart is not None:
        query = query.where(complaints.c.cart == cart)
    return tuple(_complaint(row, scope) for row in connection.execute(query))


def complaints_in(connection: Connection, scope: Scope, cart_keys: tuple[int, ...]) -> dict[int, Complaint]:
    """The oldest open complaint of each device that belongs to one of these carts now, by the device's key."""
    query = (
        within(_COLUMNS, scope, carts.c.site)
        .where(devices.c.cart.in_(cart_keys), _open)
        .order_by(complaints.c.said_us.desc())
    )
    return {row.device: _complaint(row, scope) for row in connection.execute(query)}


def complaints_of(connection: Connection, scope: Scope, device: int) -> tuple[Complaint, ...]:
    """What stands open against this device."""
    query = within(_COLUMNS, scope, carts.c.site).where(complaints.c.device == device, _open)
    return tuple(_complaint(row, scope) for row in connection.execute(query))


def _device_in(connection: Connection, cart: int, slot: int) -> int | None:
    """The one device of this slot; None where there are none or several."""
    query = select(devices.c.device).where(
        devices.c.cart == cart, devices.c.slot == slot, devices.c.retired_on.is_(None)
    )
    found = connection.execute(query).scalars().all()
    return int(found[0]) if len(found) == 1 else None


def _find(connection: Connection, scope: Scope, complaint: int) -> Complaint:
    query = within(_COLUMNS, scope, carts.c.site).where(complaints.c.complaint == complaint)
    row = connection.execute(query).first()
    if row is None:
        raise UnknownNameError(f"unknown complaint {complaint}: whoever made it may have taken it back")
    return _complaint(row, scope)


def _complaint(row: Any, scope: Scope) -> Complaint:
    return Complaint(
        complaint=row.complaint,
        cart=row.cart,
        cart_name=row.cart_name,
        site=row.site_name,
        slot=row.slot or None,
        device=row.device if scope.has_devices else None,
        device_id=row.device_id if scope.has_devices else None,
        trouble=row.trouble,
        said_at=from_us(row.said_us),
        closed_at=None if row.closed_us is None else from_us(row.closed_us),
        closed_by=row.closed_by,
    )
