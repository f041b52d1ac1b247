"""Reads which devices came in lately: enrolled for the first time, or anew."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import device_states, devices, publishers, sites


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A device that came in. `last_heard_at` is None while it has told nothing yet."""

    device_id: str
    name: str
    platform: str | None
    model: str | None
    site_name: str | None
    enrolled_at: datetime
    last_heard_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrivals:
    """How many came in, and the newest of them first."""

    count: int
    newest: tuple[Arrival, ...]


def list_arrivals(connection: Connection, scope: Scope, *, since: datetime, at_most: int = 50) -> Arrivals:
    """The devices in scope with an agent of their own that enrolled since then."""
    name = func.coalesce(devices.c.asset_tag, devices.c.serial_number, devices.c.device_id)
    query = (
        select(
            devices.c.device_id,
            name.label("name"),
            devices.c.platform,
            devices.c.model,
            sites.c.name.label("site_name"),
            publishers.c.enrolled_us,
            device_states.c.last_heard_us,
            func.count().over().label("all_of_them"),
        )
        .select_from(publishers)
        .join(devices, devices.c.device == publishers.c.device)
        .outerjoin(sites, sites.c.site == devices.c.site)
        .outerjoin(device_states, device_states.c.device == devices.c.device)
        .where(publishers.c.enrolled_us >= to_us(since))
        .order_by(publishers.c.enrolled_us.desc(), devices.c.device)
        .limit(at_most)
    )
    rows = connection.execute(within(query, scope, devices.c.site)).all()
    newest = tuple(
        Arrival(
            device_id=row.device_id,
            name=row.name,
            platform=row.platform,
            model=row.model,
            site_name=row.site_name,
            enrolled_at=from_us(row.enrolled_us),
            last_heard_at=None if row.last_heard_us is None else from_us(row.last_heard_us),
        )
        for row in rows
    )
    return Arrivals(count=rows[0].all_of_them if rows else 0, newest=newest)
