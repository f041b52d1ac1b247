"""Has the old store note by triggers which rows change while they are copied, and refuse all changes once it moved."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Connection, Engine, Table, delete, text

from rollcall_collector.store.moving.marks import MARK, Leaving, moved_to, put_mark
from rollcall_collector.store.moving.rows import TABLES, Values
from rollcall_collector.store.tables import kept_settings

_LOG = "CREATE TABLE move_changes (change INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, key TEXT NOT NULL)"
_FOUND = r"SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'move\_%' ESCAPE '\'"


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds SQLite's lock for writing from its beginning."""
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def begin_log(connection: Connection, mark: Leaving) -> None:
    """Note every change from this transaction on, for the move of this mark."""
    end_log(connection)
    connection.exec_driver_sql(_LOG)
    for table in TABLES:
        new, old = _key(table, "NEW"), _key(table, "OLD")
        for event, changed in (
            ("INSERT", f"VALUES ('{table.name}', {new})"),
            ("UPDATE", f"SELECT '{table.name}', {new} UNION SELECT '{table.name}', {old}"),
            ("DELETE", f"VALUES ('{table.name}', {old})"),
        ):
            connection.exec_driver_sql(
                f"CREATE TRIGGER move_noted_{table.name}_{event.lower()} AFTER {event} ON {table.name}"
                f" BEGIN INSERT INTO move_changes (subject, key) {changed}; END"
            )
    put_mark(connection, mark)


def read_log(connection: Connection) -> tuple[int, Mapping[str, list[Values]]]:
    """The number of the last change so far, and the keys of what changed, by table."""
    newest = connection.exec_driver_sql("SELECT coalesce(max(change), 0) FROM move_changes").scalar_one()
    found: dict[str, list[Values]] = defaultdict(list)
    for subject, key in connection.exec_driver_sql("SELECT DISTINCT subject, key FROM move_changes"):
        found[subject].append(tuple(json.loads(key)))
    return int(newest), found


def count_noted(connection: Connection) -> int:
    """How many changes stand noted and are not yet brought."""
    return int(connection.exec_driver_sql("SELECT count(*) FROM move_changes").scalar_one())


def forget_log(connection: Connection, newest: int) -> None:
    """Let go of the changes up to this number."""
    connection.execute(text("DELETE FROM move_changes WHERE change <= :newest"), {"newest": newest})


def refuse_changes(connection: Connection, mark: Leaving) -> None:
    """Say that the store has moved: from this transaction on the database itself takes nothing more."""
    end_log(connection)
    put_mark(connection, replace(mark, is_moved=True))
    words = str(moved_to(mark.to)).replace("'", "''")
    for table in TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER move_refused_{table.name}_{event.lower()} BEFORE {event} ON {table.name}"
                f" BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )


def end_log(connection: Connection) -> None:
    """Leave the store as it was before the move: nothing is noted, nothing refused, and no mark stands."""
    for name in connection.exec_driver_sql(_FOUND).scalars().all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    connection.exec_driver_sql("DROP TABLE IF EXISTS move_changes")
    connection.execute(delete(kept_settings).where(kept_settings.c.name == MARK))


def highest_numbers(connection: Connection) -> Mapping[str, int]:
    """By table the highest number that SQLite gave and will not give again, also where its row is gone."""
    rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
    return {name: int(number) for name, number in rows}


def _key(table: Table, row: str) -> str:
    columns = (f'{row}."{one.name}"' for one in table.primary_key.columns)
    return f"json_array({', '.join(columns)})"
