"""Notes what somebody changes, with how it was before, in the transaction that changes it: the one place that does.

Whoever hands an engine to somebody says whose it is (`in_the_name_of`); what is then written through it to a watched
table is noted. Work that nobody asked for, such as judging and ingest, has an engine without a name and notes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Delete, Engine, Insert, Select, Table, Update, and_, event, insert, or_, select

from rollcall_collector.store.audit.watched import WATCHED, AuditSubject, Deed, Row, Watched
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.tables import audit

_AUTHOR = "rollcall_author"
_BEFORE = "rollcall_before"
ROWS_MAX = 50
"""Of a statement that changes more rows than these, only the first are told one by one."""
COMMAND_LINE = "command line"


@dataclass(kw_only=True, slots=True)
class Author:
    """Who does what is done through an engine; empty until they are known."""

    name: str = ""


def in_the_name_of(engine: Engine, author: Author) -> Engine:
    """The same store, for somebody: what they change through it is noted under their name."""
    named = engine.execution_options(**{_AUTHOR: author})
    event.listen(named, "before_execute", _look_before)
    event.listen(named, "after_execute", _note_after)
    return named


def note_export(engine: Engine, what: str, asked: str) -> None:
    """Note that somebody took a table or a list along: which, and by which question."""
    author = engine.get_execution_options().get(_AUTHOR)
    if author is not None and author.name:
        with engine.begin() as connection:
            _write(connection, author.name, "exported", "table", AuditSubject(name=what), None, {"asked": asked})


def _look_before(
    connection: Connection, statement: Any, many: Sequence[Row], one: Row, _options: Mapping[str, Any]
) -> None:
    """Remember the rows as they are before a change of them."""
    watched = _watched(statement)
    if watched is None:
        return
    table: Table = statement.table
    query = select(table).limit(ROWS_MAX)
    if isinstance(statement, Update | Delete):
        query = query if statement.whereclause is None else query.where(statement.whereclause)
        rows = _read(connection, query, one)
    else:
        keys = [
            {column.name: row.get(column.name) for column in table.primary_key} for row in _given(statement, many, one)
        ]
        whole = [key for key in keys if None not in key.values()]
        rows = _rows_of(connection, table, whole)
    connection.info[_BEFORE] = (statement, rows)


def _note_after(  # the library's own signature
    connection: Connection, statement: Any, many: Sequence[Row], one: Row, _options: Mapping[str, Any], _result: Any
) -> None:
    """Note each row that is another than before."""
    watched = _watched(statement)
    found, before = connection.info.pop(_BEFORE, (None, []))
    if watched is None or found is not statement:
        return
    table: Table = statement.table
    pairs: list[tuple[Row | None, Row | None]]
    if isinstance(statement, Insert):
        known = {_key(table, row): row for row in before}
        pairs = [(known.get(_key(table, row)), row) for row in _given(statement, many, one)[:ROWS_MAX]]
    elif isinstance(statement, Delete):
        pairs = [(row, None) for row in before]
    else:
        keys = [{column.name: row[column.name] for column in table.primary_key} for row in before]
        now = {_key(table, row): row for row in _rows_of(connection, table, keys)}
        pairs = [(row, now.get(_key(table, row))) for row in before]
    author = connection.get_execution_options()[_AUTHOR]
    for was, became in pairs:
        _note(connection, author, watched, was, became)


def _note(connection: Connection, author: Author, watched: Watched, was: Row | None, became: Row | None) -> None:
    row = became or was
    told, tells = watched.say(was), watched.say(became)
    if row is None or told == tells or not (told or tells):
        return
    name = author.name or watched.nobody
    if not name:
        return
    subject = watched.find(connection, row)
    deed = watched.deed if isinstance(watched.deed, str) else watched.deed(was, became)
    changed = {key for key in {**(told or {}), **(tells or {})} if (told or {}).get(key) != (tells or {}).get(key)}
    _write(
        connection,
        subject.name if watched.is_own and not author.name else name,
        deed,
        watched.noun,
        subject,
        told and {key: value for key, value in told.items() if key in changed},
        tells and {key: value for key, value in tells.items() if key in changed},
    )


def _write(  # noqa: PLR0917  # read at its two calls
    connection: Connection,
    author: str,
    deed: Deed,
    noun: str,
    subject: AuditSubject,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    connection.execute(
        insert(audit).values(
            at_us=to_us(datetime.now(UTC)),
            author=author,
            deed=deed,
            noun=noun,
            subject=subject.name,
            site=subject.site,
            before=before,
            after=after,
        )
    )


def _watched(statement: Any) -> Watched | None:
    """How a statement's table is watched; None for what reads, and for other tables."""
    if not isinstance(statement, Insert | Update | Delete) or not isinstance(statement.table, Table):
        return None
    return WATCHED.get(statement.table.name)


def _given(statement: Insert, many: Sequence[Row], one: Row) -> list[Row]:
    """The rows that an INSERT brings."""
    if many:
        return [dict(row) for row in many]
    said = {key: value for key, value in statement.compile().params.items() if value is not None}
    return [{**said, **one}]


def _rows_of(connection: Connection, table: Table, keys: Sequence[Row]) -> list[Row]:
    if not keys:
        return []
    is_one_of = or_(*(and_(*(table.c[name] == value for name, value in key.items())) for key in keys))
    return _read(connection, select(table).where(is_one_of), {})


def _read(connection: Connection, query: Select[Any], said: Row) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in connection.execute(query, said).mappings()]


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row.get(column.name) for column in table.primary_key)
