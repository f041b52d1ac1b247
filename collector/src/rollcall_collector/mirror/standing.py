"""Writes how things stand now as lines: every device with its model and site, every cart with what is ready."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from rollcall_collector.carts.now import judge_carts
from rollcall_collector.carts.school_day import SchoolDay
from rollcall_collector.model.cart import CartReadiness, SlotState
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.keeping.lines import Tagged, cart_line, inventory_line
from rollcall_collector.store.sites import list_sites
from rollcall_collector.store.tables import devices, sites

_STATES: dict[SlotState, str] = {
    "charging": "charging",
    "low": "low",
    "in_use": "in_use",
    "missing": "missing",
    "out_of_service": "out_of_service",
    "said_broken": "out_of_service",
    "needs_unlocking": "unknown",
    "unknown": "unknown",
}


def fleet_lines(connection: Connection, now: datetime) -> Iterator[str]:
    """One line a device that is in use."""
    query = (
        select(
            devices.c.device_id,
            devices.c.platform,
            devices.c.model,
            devices.c.memory_bytes,
            devices.c.storage_bytes,
            sites.c.name.label("site"),
        )
        .select_from(devices.outerjoin(sites))
        .where(devices.c.retired_on.is_(None))
        .order_by(devices.c.device)
    )
    at_us = to_us(now)
    for row in connection.execute(query):
        yield inventory_line(Tagged(row.device_id, row.site, row.platform), row, at_us)


def cart_lines(connection: Connection, now: datetime) -> Iterator[str]:
    """One line a cart that has members."""
    open_sites = {site.name for site in list_sites(connection, Scope.all()) if SchoolDay(site, now).is_lesson_time}
    for found in judge_carts(connection, Scope.all(), now):
        if found.members:
            numbers = _counts(found) | {"is_lesson": int(found.cart.site in open_sites)}
            yield cart_line(found.cart.site, found.cart.name, numbers, to_us(now))


def _counts(found: CartReadiness) -> dict[str, int]:
    counted = Counter(_STATES[one.state] for one in found.slots if one.state in _STATES)
    return {
        "devices": found.members,
        "ready": found.ready,
        **{name: counted[name] for name in dict.fromkeys(_STATES.values())},
    }
