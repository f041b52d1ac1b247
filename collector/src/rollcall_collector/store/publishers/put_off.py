"""Keeps who was put off because it floods the collector, how often, and whether brokers are to refuse it for now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.kept_settings import mark_credentials
from rollcall_collector.store.scoping import of_devices
from rollcall_collector.store.tables import devices, publishers, put_offs

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
"""How long brokers refuse who floods on: the first time, doubled each time until this."""
FORGIVEN = timedelta(days=1)
"""After so long without a flood the count begins anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PutOff:
    """A publisher that said far more than it may. `device_id` is None for a bridge; `not_read` counts its messages."""

    publisher: str
    device_id: str | None
    began_at: datetime
    until_at: datetime
    times: int
    not_read: int
    is_cut: bool


def put_off(engine: Engine, name: str, now: datetime, *, not_read: int, is_cut: bool) -> PutOff | None:
    """Note that this publisher floods; where `is_cut`, brokers refuse it for a time that grows. None: nobody of it."""
    now_us = to_us(now)
    with engine.begin() as connection:
        if is_cut:
            mark_credentials(connection)
        known = select(publishers.c.publisher).where(publishers.c.name == name)
        key = connection.execute(known).scalar_one_or_none()
        if key is None:
            return None
        mine = put_offs.c.publisher == key
        before = connection.execute(select(put_offs).where(mine)).one_or_none()
        is_again = before is not None and before.until_us + FORGIVEN // timedelta(microseconds=1) > now_us
        times = (before.times if before is not None and is_again else 0) + is_cut
        pause = min(LONGEST, FIRST * 2 ** min(max(times - 1, 0), 10))
        values = {
            "began_us": before.began_us if before is not None and is_again else now_us,
            "until_us": to_us(now + pause),
            "times": times,
            "not_read": (before.not_read if before is not None and is_again else 0) + not_read,
            "is_cut": is_cut,
        }
        connection.execute(delete(put_offs).where(mine))
        connection.execute(insert(put_offs).values(publisher=key, **values))
        return next(one for one in _read(connection, Scope.all(), to_us(now)) if one.publisher == name)


def let_in_again(engine: Engine, now: datetime) -> int:
    """Let brokers take those again whose time is over; how many there were."""
    over = put_offs.c.is_cut & (put_offs.c.until_us <= to_us(now))
    with engine.connect() as connection:
        if connection.execute(select(put_offs.c.publisher).where(over).limit(1)).first() is None:
            return 0
    with engine.begin() as connection:
        mark_credentials(connection)
        return connection.execute(update(put_offs).where(over).values(is_cut=False)).rowcount


def list_put_off(connection: Connection, scope: Scope, *, since: datetime) -> tuple[PutOff, ...]:
    """Publishers in scope that were put off since then, the newest first."""
    return _read(connection, scope, to_us(since))


def _read(connection: Connection, scope: Scope, since_us: int) -> tuple[PutOff, ...]:
    query = (
        select(put_offs, publishers.c.name, devices.c.device_id)
        .select_from(put_offs.join(publishers).outerjoin(devices, publishers.c.device == devices.c.device))
        .where(put_offs.c.until_us >= since_us)
        .order_by(put_offs.c.until_us.desc(), publishers.c.name)
    )
    return tuple(
        PutOff(
            publisher=row.name,
            device_id=row.device_id,
            began_at=from_us(row.began_us),
            until_at=from_us(row.until_us),
            times=row.times,
            not_read=row.not_read,
            is_cut=row.is_cut,
        )
        for row in connection.execute(of_devices(query, scope, publishers.c.device))
    )
