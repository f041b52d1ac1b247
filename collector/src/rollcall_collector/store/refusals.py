"""Reads what was refused: who sent it, why it was not kept, and how it began."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us
from rollcall_collector.store.scoping import of_publishers
from rollcall_collector.store.tables import refusals


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One refused report or message. `payload` is its first 2 KiB, `size` the whole of it in bytes."""

    number: int
    received_at: datetime
    publisher: str
    epoch: str | None
    seq: int | None
    reason: str
    detail: str
    size: int
    payload: bytes


def list_refusals(
    engine: Engine, scope: Scope, *, publisher: str | None = None, limit: int | None = None
) -> Iterator[Refusal]:
    """The refusals, newest first."""
    query = of_publishers(sa.select(refusals), scope, refusals.c.publisher)
    query = query.order_by(refusals.c.refusal.desc()).limit(limit)
    if publisher is not None:
        query = query.where(refusals.c.publisher == publisher)
    with engine.connect() as connection:
        for row in connection.execution_options(yield_per=500).execute(query):
            yield _refusal(row)


def find_refusal(engine: Engine, scope: Scope, number: int) -> Refusal | None:
    """One refusal, or None where there is none of this number."""
    query = of_publishers(sa.select(refusals), scope, refusals.c.publisher).where(refusals.c.refusal == number)
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _refusal(row)


def count_refusals(engine: Engine, scope: Scope) -> dict[str, int]:
    """How many refusals there are of each reason, the most frequent first."""
    counted = sa.func.count().label("counted")
    query = sa.select(refusals.c.reason, counted).group_by(refusals.c.reason).order_by(counted.desc())
    with engine.connect() as connection:
        rows = connection.execute(of_publishers(query, scope, refusals.c.publisher))
        return {row.reason: row.counted for row in rows}


def _refusal(row: Any) -> Refusal:
    return Refusal(
        number=row.refusal,
        received_at=from_us(row.received_us),
        publisher=row.publisher,
        epoch=row.epoch,
        seq=row.seq,
        reason=row.reason,
        detail=row.detail,
        size=row.size,
        payload=row.payload,
    )
