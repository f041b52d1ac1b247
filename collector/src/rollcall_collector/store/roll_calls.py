"""Keeps which devices behind bridges somebody needs to know of now, and tells each bridge of its own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.putting import put_rows
from rollcall_collector.store.tables import (
    device_states,
    devices,
    hardware_keys,
    publishers,
    roll_callers,
    roll_calls,
)

ASKS_WITHIN = timedelta(minutes=10)
"""A bridge that can ask its devices comes for whom to call every few seconds; who stays away so long asks nobody."""
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """One device of a bridge, when somebody called it and for when, and when it told its level last.

    `called_at` is None where nobody called it.
    """

    device_id: str
    serial_number: str
    site: int | None
    is_in_cart: bool
    called_at: datetime | None
    needed_at: datetime | None
    level_at: datetime | None


def call_devices(connection: Connection, keys: Collection[int], *, called_at: datetime, needed_at: datetime) -> None:
    """Note that these devices are to be asked; an earlier call of a device gives way to this one."""
    rows = [{"device": key, "called_us": to_us(called_at), "needed_us": to_us(needed_at)} for key in sorted(keys)]
    put_rows(connection, roll_calls, rows)


def calls_of(connection: Connection, keys: Collection[int]) -> dict[int, datetime]:
    """When each of these devices was called last, by its key; who was never called is left out."""
    query = select(roll_calls.c.device, roll_calls.c.called_us).where(roll_calls.c.device.in_(tuple(keys)))
    return {row.device: from_us(row.called_us) for row in connection.execute(query)}


def note_caller(connection: Connection, bridge: int, now: datetime) -> None:
    """Note that this bridge came for whom to call; once a minute is enough."""
    query = select(roll_callers.c.asked_us).where(roll_callers.c.publisher == bridge)
    asked_us = connection.execute(query).scalar()
    if asked_us is None or not timedelta(0) <= now - from_us(asked_us) < _NOTED_EVERY:
        put_rows(connection, roll_callers, [{"publisher": bridge, "asked_us": to_us(now)}])


def can_be_asked(connection: Connection, keys: Collection[int], now: datetime) -> frozenset[int]:
    """Those of these devices whose bridge comes for whom to call: most services only tell of theirs."""
    query = (
        select(hardware_keys.c.device)
        .join(publishers, publishers.c.publisher == hardware_keys.c.publisher)
        .join(roll_callers, roll_callers.c.publisher == publishers.c.publisher)
        .where(
            hardware_keys.c.device.in_(tuple(keys)),
            roll_callers.c.asked_us > to_us(now - ASKS_WITHIN),
            publishers.c.revoked_us.is_(None),
        )
        .distinct()
    )
    return frozenset(connection.execute(query).scalars())


def list_called(connection: Connection, bridge: int, *, since: datetime) -> tuple[Called, ...]:
    """This bridge's devices that were called since then, or belong to a cart; in no order."""
    mine = select(hardware_keys.c.device).where(hardware_keys.c.publisher == bridge)
    query = (
        select(
            devices.c.device_id,
            devices.c.serial_number,
            devices.c.site,
            devices.c.cart,
            roll_calls.c.called_us,
            roll_calls.c.needed_us,
            device_states.c.vitals_us,
        )
        .outerjoin(roll_calls, roll_calls.c.device == devices.c.device)
        .outerjoin(device_states, device_states.c.device == devices.c.device)
        .where(
            devices.c.device.in_(mine),
            devices.c.serial_number.is_not(None),
            devices.c.retired_on.is_(None),
            or_(func.coalesce(roll_calls.c.called_us, 0) >= to_us(since), devices.c.cart.is_not(None)),
        )
    )
    return tuple(
        Called(
            device_id=row.device_id,
            serial_number=row.serial_number,
            site=row.site,
            is_in_cart=row.cart is not None,
            called_at=None if row.called_us is None else from_us(row.called_us),
            needed_at=None if row.needed_us is None else from_us(row.needed_us),
            level_at=None if row.vitals_us is None else from_us(row.vitals_us),
        )
        for row in connection.execute(query)
    )
