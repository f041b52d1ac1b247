"""Calls the roll: who was heard today of those expected, a site; which bridges are not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import device_states, devices, publishers, sites


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """How many devices of a site (None: of no site) were heard today, and how many lately; `devices` are in use."""

    site: str | None
    devices: int
    heard_today: int
    heard_lately: int
    last_heard_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LostBridge:
    """A bridge, which speaks for many devices, that is not connected."""

    name: str
    state: str
    last_heard_at: datetime | None


def call_roll(
    connection: Connection, scope: Scope, site: int | None, *, today: datetime, lately: datetime
) -> Attendance:
    """The attendance of one site since these two instants: the start of its day, and of the span called lately."""
    last = device_states.c.last_heard_us
    query = (
        select(
            func.count().label("devices"),
            func.count(case((last >= to_us(today), 1))).label("today"),
            func.count(case((last >= to_us(lately), 1))).label("lately"),
            func.max(last).label("last"),
            func.max(sites.c.name).label("name"),
        )
        .select_from(
            devices.outerjoin(device_states, device_states.c.device == devices.c.device).outerjoin(
                sites, sites.c.site == devices.c.site
            )
        )
        .where(devices.c.site.is_(None) if site is None else devices.c.site == site, devices.c.retired_on.is_(None))
    )
    row = connection.execute(within(query, scope, devices.c.site)).one()
    return Attendance(
        site=row.name,
        devices=row.devices,
        heard_today=row.today,
        heard_lately=row.lately,
        last_heard_at=None if row.last is None else from_us(row.last),
    )


def list_lost_bridges(connection: Connection, scope: Scope, *, silent_since: datetime) -> Sequence[LostBridge]:
    """Bridges that are not revoked, not connected, and were not heard since then.

    A bridge speaks for devices of many sites and belongs to none: who does not see all sites is told of none.
    """
    if not scope.is_all:
        return ()
    rows = connection.execute(
        select(publishers.c.name, publishers.c.state, publishers.c.last_heard_us)
        .where(
            publishers.c.device.is_(None),
            publishers.c.revoked_us.is_(None),
            func.coalesce(publishers.c.state, "never") != "ready",
            func.coalesce(publishers.c.last_heard_us, 0) < to_us(silent_since),
        )
        .order_by(publishers.c.name)
    )
    return [
        LostBridge(
            name=row.name,
            state=row.state or "never",
            last_heard_at=None if row.last_heard_us is None else from_us(row.last_heard_us),
        )
        for row in rows
    ]
