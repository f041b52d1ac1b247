"""Hands out what the mirror is still to get, in the order in which it was kept, and bounds how much may wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.keeping.parcel import pack, unpack
from rollcall_collector.store.tables import mirror_outbox


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """Lines that were kept together."""

    number: int
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """How much waits, and since when the oldest of it does: None where nothing does."""

    lines: int
    size_bytes: int
    oldest_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """Lines that had to make room, and between which instants their facts were kept."""

    lines: int
    first_at: datetime
    last_at: datetime


def put_lines(connection: Connection, lines: Sequence[str], now: datetime) -> None:
    """Have these lines wait, too."""
    if lines:
        body = pack(lines)
        values = {"kept_us": to_us(now), "lines": len(lines), "size": len(body), "body": body}
        connection.execute(insert(mirror_outbox).values(**values))


def take_parcels(connection: Connection, *, lines_max: int) -> list[Parcel]:
    """The oldest parcels, together about so many lines, one at least; they stay until `remove_parcels`."""
    # By their keys first: a ten days' outage leaves gigabytes, of which the next thousand lines are wanted.
    query = select(mirror_outbox.c.parcel, mirror_outbox.c.lines).order_by(mirror_outbox.c.parcel).limit(lines_max)
    numbers: list[int] = []
    count = 0
    for number, lines in connection.execute(query):
        if numbers and count + lines > lines_max:
            break
        numbers.append(number)
        count += lines
    if not numbers:
        return []
    found = connection.execute(
        select(mirror_outbox.c.parcel, mirror_outbox.c.body)
        .where(mirror_outbox.c.parcel.in_(numbers))
        .order_by(mirror_outbox.c.parcel)
    )
    return [Parcel(number=number, lines=unpack(bytes(body))) for number, body in found]


def remove_parcels(connection: Connection, parcels: Sequence[Parcel]) -> None:
    """Forget those that arrived: these alone, for an earlier number may be committed later."""
    numbers = [one.number for one in parcels]
    connection.execute(delete(mirror_outbox).where(mirror_outbox.c.parcel.in_(numbers)))


def count_waiting(connection: Connection) -> Waiting:
    """How much waits now."""
    row = connection.execute(
        select(
            func.coalesce(func.sum(mirror_outbox.c.lines), 0).label("lines"),
            func.coalesce(func.sum(mirror_outbox.c.size), 0).label("size"),
            func.min(mirror_outbox.c.kept_us).label("oldest_us"),
        )
    ).one()
    oldest_at = None if row.oldest_us is None else from_us(row.oldest_us)
    return Waiting(lines=int(row.lines), size_bytes=int(row.size), oldest_at=oldest_at)


def drop_oldest(connection: Connection, *, size_max: int) -> Dropped | None:
    """Where more than so many bytes wait, drop the oldest until nine tenths of that do; says what was dropped."""
    waiting = count_waiting(connection)
    if waiting.size_bytes <= size_max:
        return None
    excess = waiting.size_bytes - size_max * 9 // 10
    last = dropped = 0
    query = select(mirror_outbox.c.parcel, mirror_outbox.c.size).order_by(mirror_outbox.c.parcel)
    for number, size in connection.execute(query):
        last, dropped = number, dropped + size
        if dropped >= excess:
            break
    old = mirror_outbox.c.parcel <= last
    row = connection.execute(
        select(
            func.sum(mirror_outbox.c.lines).label("lines"),
            func.min(mirror_outbox.c.kept_us).label("first_us"),
            func.max(mirror_outbox.c.kept_us).label("last_us"),
        ).where(old)
    ).one()
    connection.execute(delete(mirror_outbox).where(old))
    return Dropped(lines=int(row.lines), first_at=from_us(row.first_us), last_at=from_us(row.last_us))
