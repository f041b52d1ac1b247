"""Reads whose state folder was put back to an older copy, and which name two agents speak under."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.scoping import of_devices
from rollcall_collector.store.tables import copies, devices, publishers


@dataclass(frozen=True, kw_only=True, slots=True)
class SetBacks:
    """How often a device began again from an older copy of its disk, and when it last did."""

    count: int
    last_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """A name under which two agents speak in turn. `device_id` is None for a bridge."""

    publisher: str
    device_id: str | None
    count: int
    last_at: datetime


def find_set_backs(connection: Connection, scope: Scope, device: int) -> SetBacks | None:
    """How often this device was set back; None where it never was."""
    query = (
        select(copies.c.set_backs, copies.c.set_back_us)
        .join(publishers)
        .where(publishers.c.device == device, copies.c.set_backs > 0)
    )
    query = of_devices(query, scope, publishers.c.device)
    row = connection.execute(query.order_by(copies.c.set_back_us.desc()).limit(1)).one_or_none()
    return None if row is None else SetBacks(count=row.set_backs, last_at=from_us(row.set_back_us))


def list_shared(connection: Connection, scope: Scope, *, since: datetime) -> tuple[Shared, ...]:
    """Names in scope that two agents shared since then, the newest first.

    Two people's profiles on one Chromebook share its name rightly, and nothing is to be done about it.
    """
    query = (
        select(publishers.c.name, devices.c.device_id, copies.c.shared, copies.c.shared_us)
        .select_from(copies.join(publishers).outerjoin(devices, publishers.c.device == devices.c.device))
        .where(copies.c.shared_us >= to_us(since), devices.c.platform.is_distinct_from("chromeos"))
        .order_by(copies.c.shared_us.desc(), publishers.c.name)
    )
    query = of_devices(query, scope, publishers.c.device)
    return tuple(
        Shared(publisher=row.name, device_id=row.device_id, count=row.shared, last_at=from_us(row.shared_us))
        for row in connection.execute(query)
    )
