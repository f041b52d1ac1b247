"""Reads the audit log, newest first, and removes what need be kept no longer."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.audit.watched import Deed
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.kept_settings import put_setting
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import audit

HEADINGS = ("at", "by", "deed", "what", "name", "before", "after")
"""Of an entry's cells."""
_KEPT_FROM = "audit.kept_from_us"
"""The trigger on the table lets nothing be removed that came later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing that somebody did: to what, and how it was before and after, where that can be told."""

    entry: int
    at: datetime
    author: str
    deed: Deed
    noun: str
    subject: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def cells(self) -> tuple[object, ...]:
        """Its line in a table, as HEADINGS say; what was before and after as JSON."""
        told = ("" if one is None else json.dumps(one, ensure_ascii=False) for one in (self.before, self.after))
        return (self.at, self.author, self.deed, self.noun, self.subject, *told)


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditQuery:
    """Which entries: by whom, which deed, about what (a part of its name), and when (from, until: aware UTC)."""

    author: str = ""
    deed: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def list_entries(
    connection: Connection, scope: Scope, query: AuditQuery, *, at_most: int = 200, before: int | None = None
) -> tuple[Entry, ...]:
    """The newest entries in scope that match; `before` leaves out those from this entry on, for the page after it."""
    chosen = _chosen(select(audit), scope, query)
    if before is not None:
        chosen = chosen.where(audit.c.entry < before)
    rows = connection.execute(chosen.order_by(audit.c.entry.desc()).limit(at_most))
    return tuple(_read(row) for row in rows)


def every_entry(connection: Connection, scope: Scope, query: AuditQuery) -> Iterator[Entry]:
    """All entries that match, newest first: for an export."""
    rows = connection.execute(_chosen(select(audit), scope, query).order_by(audit.c.entry.desc()))
    return (_read(row) for row in rows)


def list_authors(connection: Connection, scope: Scope) -> tuple[str, ...]:
    """Everybody in scope who did anything, by name."""
    query = within(select(audit.c.author), scope, audit.c.site).distinct().order_by(audit.c.author)
    return tuple(connection.execute(query).scalars())


def remove_entries(connection: Connection, before: datetime) -> int:
    """Remove entries older than this instant; those from then on can be removed by nobody. Returns how many."""
    put_setting(connection, _KEPT_FROM, str(to_us(before)))
    return connection.execute(delete(audit).where(audit.c.at_us < to_us(before))).rowcount


def _chosen(query: Select[Any], scope: Scope, asked: AuditQuery) -> Select[Any]:
    query = within(query, scope, audit.c.site)
    if asked.author:
        query = query.where(audit.c.author == asked.author)
    if asked.deed:
        query = query.where(audit.c.deed == asked.deed)
    if asked.subject:
        query = query.where(func.lower(audit.c.subject).contains(asked.subject.lower(), autoescape=True))
    if asked.since is not None:
        query = query.where(audit.c.at_us >= to_us(asked.since))
    if asked.until is not None:
        query = query.where(audit.c.at_us < to_us(asked.until))
    return query


def _read(row: Any) -> Entry:
    return Entry(
        entry=row.entry,
        at=from_us(row.at_us),
        author=row.author,
        deed=row.deed,
        noun=row.noun,
        subject=row.subject,
        before=row.before,
        after=row.after,
    )
