"""Fills the PostgreSQL store of a move, and makes it ready; one `rollcall migrate` at a time writes to it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, inspect, select, text
from sqlalchemy.exc import OperationalError

from rollcall_collector.errors import StoreError
from rollcall_collector.store.database import newest_revision, revision_of
from rollcall_collector.store.moving.marks import MARK, Filling, put_mark, read_mark
from rollcall_collector.store.moving.rows import TABLES, TableSum, Values, those
from rollcall_collector.store.tables import kept_settings

_LOCK_SECONDS = 30
"""A `rollcall migrate` that was killed holds its lock until the server has noticed."""
_FOREIGN_KEYS = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
)


@contextmanager
def held(engine: Engine) -> Iterator[Connection]:
    """A connection that keeps every other `rollcall migrate` away. Raises StoreError where one is there."""
    with engine.connect() as connection:
        try:
            with connection.begin():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
                connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('moving'))")
            yield connection
        except OperationalError as error:
            if "lock timeout" in str(error):
                raise StoreError("another 'rollcall migrate' fills that database: wait for it, or stop it") from error
            raise
        finally:
            connection.invalidate()  # closed for good, and the lock with it


def is_empty(connection: Connection) -> bool:
    """Whether no row stands in any table of ours."""
    there = set(inspect(connection).get_table_names())
    ours = (table for table in TABLES if table.name in there)
    return not any(connection.execute(select(1).select_from(table).limit(1)).first() for table in ours)


def begin_filling(connection: Connection, mark: Filling) -> Filling:
    """Have the tables take rows as they come: triggers and foreign keys stand aside. Also after a cut-off try.

    The rows bring what the triggers would count, and keys may come before what they point to.
    """
    with connection.begin():
        found = tuple(map(tuple, connection.exec_driver_sql(_FOREIGN_KEYS)))
        for constrained, name, _ in found:
            connection.exec_driver_sql(f'ALTER TABLE {constrained} DROP CONSTRAINT "{name}"')
        for table in TABLES:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        begun = replace(mark, constraints=mark.constraints + found, sums=())
        put_mark(connection, begun)
    return begun


def found_mark(connection: Connection) -> Filling | None:
    """How far an earlier try came; None where none began. Raises StoreError where that was with other tables."""
    mark = read_mark(connection) if revision_of(connection) else None
    if not isinstance(mark, Filling):
        return None
    if mark.revision != newest_revision():
        raise StoreError("another release began to fill that database: drop it, create it anew, and begin again")
    return mark


def add_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Add these rows, but those whose unique values another row still has: both changed, and will be brought."""
    if not rows:
        return
    names = ", ".join(f'"{one.name}"' for one in table.c)
    made = f"CREATE TEMP TABLE arriving AS SELECT {names} FROM {table.name} WITH NO DATA"  # noqa: S608  # own names
    connection.exec_driver_sql(made)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY arriving ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    add = f"INSERT INTO {table.name} ({names}) SELECT {names} FROM arriving ON CONFLICT DO NOTHING"  # noqa: S608
    connection.exec_driver_sql(add)
    connection.exec_driver_sql("DROP TABLE arriving")


def remove_rows(connection: Connection, table: Table, keys: Sequence[Values]) -> None:
    """Remove the rows of these keys."""
    connection.execute(delete(table).where(those(table, keys)))


def make_ready(
    connection: Connection, mark: Filling, sums: Mapping[str, TableSum], highest: Mapping[str, int]
) -> Filling:
    """In the caller's transaction: foreign keys and triggers again, and every counter behind what it gave."""
    for constrained, name, definition in mark.constraints:
        connection.exec_driver_sql(f'ALTER TABLE {constrained} ADD CONSTRAINT "{name}" {definition}')
    for table in TABLES:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
        _set_counter(connection, table, highest.get(table.name, 0))
    told = tuple((name, one.rows, one.checksum) for name, one in sums.items())
    ready = replace(mark, constraints=(), sums=told)
    put_mark(connection, ready)
    return ready


def open_to_all(connection: Connection) -> None:
    """Take the mark away: the store may be used."""
    with connection.begin():
        connection.execute(delete(kept_settings).where(kept_settings.c.name == MARK))


def _set_counter(connection: Connection, table: Table, highest: int) -> None:
    key = table.autoincrement_column
    if key is None:
        return
    names = {"table": table.name, "key": key.name}
    counter = connection.execute(text("SELECT pg_get_serial_sequence(:table, :key)"), names).scalar_one()
    newest = connection.execute(select(key).order_by(key.desc()).limit(1)).scalar()
    reached = max(highest, newest or 0)
    if counter is not None and reached:
        connection.execute(text("SELECT setval(:counter, :reached)"), {"counter": counter, "reached": reached})
