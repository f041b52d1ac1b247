"""Remembers what people changed about places, with all that is needed to take it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from rollcall_collector.errors import StoreError, UnknownNameError
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import roster_changes

ChangeKind = Literal["move", "rename", "merge", "remove"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceChange:
    """One change: `subject` is the site it was made to (of a move: empty), `target` what became of it.

    `site` is the key of the site where the devices are since; None: of no site.
    """

    change: int
    kind: ChangeKind
    site: int | None
    subject: str
    target: str
    devices: int
    author: str
    changed_at: datetime
    undone_at: datetime | None


def list_changes(connection: Connection, scope: Scope, *, at_most: int = 20) -> tuple[PlaceChange, ...]:
    """The newest changes in scope, newest first."""
    query = within(select(roster_changes), scope, roster_changes.c.site)
    rows = connection.execute(query.order_by(roster_changes.c.change.desc()).limit(at_most))
    return tuple(_read(row) for row in rows)


def find_change(connection: Connection, scope: Scope, change: int) -> tuple[PlaceChange, Mapping[str, Any]]:
    """A change and how it was before. Raises UnknownNameError."""
    query = within(select(roster_changes), scope, roster_changes.c.site).where(roster_changes.c.change == change)
    row = connection.execute(query).first()
    if row is None:
        raise UnknownNameError(f"unknown change {change}: `rollcall sites changes` names those there are")
    return _read(row), row.before


def note_change(connection: Connection, change: PlaceChange, before: Mapping[str, Any]) -> int:
    """Keep a change that is being made in this transaction; returns its number (`change.change` is not used)."""
    row = {
        "kind": change.kind,
        "site": change.site,
        "subject": change.subject,
        "target": change.target,
        "devices": change.devices,
        "author": change.author,
        "changed_us": to_us(change.changed_at),
        "before": dict(before),
    }
    return int(connection.execute(insert(roster_changes).values(row).returning(roster_changes.c.change)).scalar_one())


def mark_undone(connection: Connection, change: int, now: datetime) -> None:
    """Say that it is taken back in this transaction. Raises StoreError where somebody was faster."""
    undone = update(roster_changes).where(roster_changes.c.change == change, roster_changes.c.undone_us.is_(None))
    if connection.execute(undone.values(undone_us=to_us(now))).rowcount != 1:
        raise StoreError(f"change {change} was taken back already: `rollcall sites changes` says when")


def _read(row: Any) -> PlaceChange:
    return PlaceChange(
        change=row.change,
        kind=row.kind,
        site=row.site,
        subject=row.subject,
        target=row.target,
        devices=row.devices,
        author=row.author,
        changed_at=from_us(row.changed_us),
        undone_at=None if row.undone_us is None else from_us(row.undone_us),
    )
