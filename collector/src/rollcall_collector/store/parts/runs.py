"""Keeps how each part that works by itself fared last, so that pages and metrics of another process can say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.putting import insert_into
from rollcall_collector.store.tables import part_runs


@dataclass(frozen=True, kw_only=True, slots=True)
class PartRun:
    """One part, such as `job/judging`, `ingest/1/1` or `mirror`. `trouble` is empty where it is well."""

    part: str
    began_at: datetime
    noted_at: datetime
    told: Mapping[str, Any]
    trouble: str = ""


def note_part(connection: Connection, run: PartRun) -> None:
    """Keep how it fared, in place of what was noted before."""
    values: dict[str, Any] = {
        "began_us": to_us(run.began_at),
        "noted_us": to_us(run.noted_at),
        "told": dict(run.told),
        "trouble": run.trouble,
    }
    statement = insert_into(connection, part_runs).values(part=run.part, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["part"], set_=values))


def list_parts(connection: Connection, kind: str) -> tuple[PartRun, ...]:
    """The parts of this kind, such as `job`, by their names."""
    query = select(part_runs).where(part_runs.c.part.startswith(kind)).order_by(part_runs.c.part)
    return tuple(_run(row) for row in connection.execute(query))


def find_part(connection: Connection, part: str) -> PartRun | None:
    """The part of this name; None where it never ran."""
    row = connection.execute(select(part_runs).where(part_runs.c.part == part)).one_or_none()
    return None if row is None else _run(row)


def _run(row: Any) -> PartRun:
    return PartRun(
        part=row.part,
        began_at=from_us(row.began_us),
        noted_at=from_us(row.noted_us),
        told=row.told,
        trouble=row.trouble,
    )
