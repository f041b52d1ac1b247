"""Holds against the facts where each device belongs, when it was heard last and what it told of its battery.

The database keeps these rows itself, by triggers on `devices` and `device_states` (the migrations `where_devices_are`
and `who_is_on_mains`): narrow, and side by side for each school and cart, so that all are counted in one reading.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Float,
    Select,
    cast,
    delete,
    except_,
    func,
    insert,
    select,
    union,
)

from rollcall_collector.store.tables import device_states, devices, presence


def wrong_presence(connection: Connection) -> set[int]:
    """The keys of devices of which another row is kept than the facts have, none, or one that should not be."""
    kept, anew = select(*presence.c), _anew(connection)
    differing = union(select(except_(kept, anew).subquery().c.device), select(except_(anew, kept).subquery().c.device))
    return set(connection.execute(differing).scalars())


def write_presence(connection: Connection) -> None:
    """Put in the place of every row what the facts have; nobody may report or move devices meanwhile."""
    connection.execute(delete(presence))
    connection.execute(insert(presence).from_select(presence.c.keys(), _anew(connection)))


def _said(connection: Connection, name: str) -> ColumnElement[bool]:
    """Whether a device said so last; never NULL."""
    if connection.dialect.name == "sqlite":
        return func.coalesce(func.json_extract(device_states.c.vitals, f"$.{name}"), 0) == 1
    return func.coalesce(cast(device_states.c.vitals, JSON)[name].as_string(), "") == "true"


def _anew(connection: Connection) -> Select[Any]:
    return select(
        func.coalesce(devices.c.site, 0).label("site"),
        func.coalesce(devices.c.cart, 0).label("cart"),
        devices.c.device,
        devices.c.retired_on.is_not(None).label("is_retired"),
        device_states.c.last_heard_us.label("heard_us"),
        device_states.c.vitals_us.label("told_us"),
        _level(connection).label("level_percent"),
        *(_said(connection, name).label(name) for name in ("is_charging", "is_plugged_in")),
    ).select_from(devices.outerjoin(device_states, device_states.c.device == devices.c.device))


def _level(connection: Connection) -> ColumnElement[float]:
    """The battery's level in what a device said last, read by the database."""
    if connection.dialect.name == "sqlite":
        return func.json_extract(device_states.c.vitals, "$.battery_level_percent", type_=Float)
    return cast(cast(device_states.c.vitals, JSON)["battery_level_percent"].as_string(), Float)
