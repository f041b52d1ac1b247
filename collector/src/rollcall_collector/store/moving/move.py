"""Moves a store that is in use: copies it, brings what changed meanwhile, compares, and changes over in a short pause.

Any step may be cut off at any instant: the next `move_store` to the same database goes on where the new store stands.
"""

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from sqlalchemy import Connection, Engine, Table, func, select

from rollcall_collector.errors import StoreError
from rollcall_collector.store.database import migrate, newest_revision, revision_of
from rollcall_collector.store.moving import new_store
from rollcall_collector.store.moving.change_log import (
    begin_log,
    count_noted,
    end_log,
    forget_log,
    highest_numbers,
    read_log,
    refuse_changes,
    writing,
)
from rollcall_collector.store.moving.marks import Filling, Leaving, check_mark, put_mark, read_mark
from rollcall_collector.store.moving.rows import (
    TABLES,
    TableSum,
    Values,
    batches,
    key_of,
    read_after,
    read_those,
    speakable,
)
from rollcall_collector.store.parts.turn import Turn, hold_turn

ROWS = 5_000
"""Read and written at once."""
FEW = 1_000
"""So few changed rows are brought within the pause."""
_KEYS = 500
_WORK = "move"
_ROUNDS = 10
"""After so many rounds the rest is brought within the pause, however much is still being said."""
Tell: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much: 0 where that is not known."""
Sums: TypeAlias = dict[str, TableSum]


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What stands in both stores alike, by table; how long the old one was held, None if an earlier try did that."""

    to: str
    sums: Mapping[str, TableSum]
    pause_seconds: float | None


def move_store(old: Engine, new: Engine, tell: Tell, *, at_once: int = ROWS) -> Moved:
    """Move everything from the SQLite store `old` to the PostgreSQL database `new`. Raises StoreError.

    `old` is in use until the end; from then on it refuses whatever would change it. `at_once` rows are copied in one
    transaction.
    """
    if old.dialect.name != "sqlite" or new.dialect.name != "postgresql":
        raise StoreError("a store moves from SQLite to PostgreSQL, not the other way and not beside itself")
    with _turn(old), new_store.held(new) as connection:
        leaving, filling = _begin(old, new, connection)
        pause_seconds = None
        if not leaving.is_moved:
            filling = new_store.begin_filling(connection, filling)
            filling = _copy(old, connection, filling, tell, at_once)
            sums = _compare(old, connection, tell, at_once)
            _catch_up(old, connection, sums)
            filling, pause_seconds = _change_over(old, connection, (leaving, filling), sums, tell)
        new_store.open_to_all(connection)
    return Moved(
        to=leaving.to,
        sums={name: TableSum(rows=rows, checksum=checksum) for name, rows, checksum in filling.sums},
        pause_seconds=pause_seconds,
    )


def come_back(old: Engine) -> Leaving:
    """Open the old store again, or give up a move that did not end. Raises StoreError where there is none."""
    with old.connect() as source:
        mark = read_mark(source) if revision_of(source) else None
    if not isinstance(mark, Leaving):
        raise StoreError("this store has not moved anywhere: there is nothing to take back")
    with _turn(old), writing(old) as source:
        end_log(source)
    return mark


@dataclass(frozen=True, kw_only=True, slots=True)
class Unended:
    """A move that did not end yet: where to, how many changes wait for it, and whether somebody is at it now."""

    to: str
    noted: int
    is_under_way: bool


def read_unended(old: Engine) -> Unended | None:
    """The move that this store notes its changes for; None for most."""
    with old.connect() as source:
        mark = read_mark(source)
        if not isinstance(mark, Leaving) or mark.is_moved:
            return None
        noted = count_noted(source)
    turn = Turn(old, _WORK)
    is_under_way = not turn.is_ours()
    turn.let_go()
    return Unended(to=mark.to, noted=noted, is_under_way=is_under_way)


def _turn(old: Engine) -> AbstractContextManager[None]:
    """Keep every other move of this store away. Raises StoreError where one is at it."""
    return hold_turn(old, _WORK, if_taken="another 'rollcall migrate' moves this store: wait for it, or stop it")


def _begin(old: Engine, new: Engine, connection: Connection) -> tuple[Leaving, Filling]:
    """The marks of this move, found in both stores or made. Raises StoreError where it may not be."""
    with old.connect() as source:
        leaving = read_mark(source) if revision_of(source) else None
        with connection.begin():
            filling = new_store.found_mark(connection)
        if isinstance(leaving, Leaving) and filling is not None and leaving.move == filling.move:
            return leaving, filling
        if leaving is not None:
            check_mark(source)
    if filling is not None:
        raise StoreError(
            f"that database is being filled from {filling.origin} by another move: drop it and create it anew"
        )
    with connection.begin():
        if not new_store.is_empty(connection):
            raise StoreError("that database holds a store already: name an empty one")
    migrate(old)
    migrate(new)
    leaving = Leaving(move=secrets.token_hex(8), to=new.url._replace(password=None).render_as_string())
    with writing(old) as source:
        begin_log(source, leaving)
    return leaving, Filling(move=leaving.move, origin=old.url.render_as_string(), revision=newest_revision())


def _copy(old: Engine, connection: Connection, mark: Filling, tell: Tell, at_once: int) -> Filling:
    """Copy every table, from where the mark stands."""
    with old.connect() as source:
        total = _count(source)
    names = [table.name for table in TABLES]
    for table in TABLES[names.index(mark.table) if mark.table else 0 :]:
        after = mark.after if table.name == mark.table else None
        for rows in batches(partial(_read, old, table, at_once), table, after, at_once):
            copied = mark.copied + len(rows)
            mark = replace(mark, table=table.name, after=key_of(table, rows[-1]), copied=copied)
            with connection.begin():
                new_store.add_rows(connection, table, rows)
                put_mark(connection, mark)
            tell("copied", mark.copied, max(total, mark.copied))
    with connection.begin():
        connection.exec_driver_sql("ANALYZE")
    return mark


def _read(old: Engine, table: Table, at_once: int, after: Values | None) -> list[Values]:
    # A connection for each batch: whoever writes meanwhile finds nobody who holds an old state of the file.
    with old.connect() as source:
        return read_after(source, table, at_once, after)


def _compare(old: Engine, connection: Connection, tell: Tell, at_once: int) -> Sums:
    """Bring what changed up to one instant, and hold both stores against each other as of then. Raises StoreError."""
    sums: Sums = {}
    with _snapshot(old) as source:
        with connection.begin():
            newest = _bring(source, connection, defaultdict(TableSum))
        total, done = 2 * _count(source), 0
        for table in TABLES:
            both = []
            for side in (source, connection):
                found = TableSum()
                for rows in batches(partial(read_after, side, table, at_once), table, None, at_once):
                    found = found.plus(rows)
                    done += len(rows)
                    tell("compared", done, max(total, done))
                both.append(found)
            _hold_against(table, *both)
            sums[table.name] = both[0]
        connection.rollback()
    with writing(old) as source:
        forget_log(source, newest)
    return sums


def _catch_up(old: Engine, connection: Connection, sums: Sums) -> None:
    """Bring what changed since, until so little is left that the old store may be held for it."""
    for _ in range(_ROUNDS):
        with _snapshot(old) as source:
            if sum(map(len, read_log(source)[1].values())) <= FEW:
                return
            with connection.begin():
                newest = _bring(source, connection, sums)
        with writing(old) as source:
            forget_log(source, newest)


def _change_over(
    old: Engine, connection: Connection, marks: tuple[Leaving, Filling], sums: Sums, tell: Tell
) -> tuple[Filling, float]:
    """Bring the last changes while the old store is held: then it has moved.

    Returns how the new store stands, and for how many seconds the old one was held.
    """
    leaving, filling = marks
    with writing(old) as source:
        began = time.perf_counter()
        with connection.begin():
            _bring(source, connection, sums)
            tell("last changes", 0, 0)
            filling = new_store.make_ready(connection, filling, sums, highest_numbers(source))
        # Between the two commits: who is cut off here comes again, and the old store still holds all that it noted.
        tell("ready", 0, 0)
        refuse_changes(source, leaving)
    tell("moved", 0, 0)
    return filling, time.perf_counter() - began


def _bring(source: Connection, connection: Connection, sums: Sums) -> int:
    """Make every changed row in the new store as it is in the old one, and count it so.

    First all of them go, then all come: names that two rows exchanged are then never there twice. Returns the
    number of the last change.
    """
    newest, changed = read_log(source)
    tables = {table.name: table for table in TABLES}
    parts = [
        (tables[name], keys[start : start + _KEYS])
        for name, keys in changed.items()
        for start in range(0, len(keys), _KEYS)
    ]
    for table, keys in parts:
        spoken = [speakable(key) for key in keys]
        sums[table.name] = sums[table.name].minus(read_those(connection, table, spoken))
        new_store.remove_rows(connection, table, spoken)
    for table, keys in parts:
        rows = read_those(source, table, keys)
        new_store.add_rows(connection, table, rows)
        there = read_those(connection, table, [key_of(table, row) for row in rows])
        _hold_against(table, TableSum().plus(rows), TableSum().plus(there))
        sums[table.name] = sums[table.name].plus(there)
    return newest


def _hold_against(table: Table, old: TableSum, new: TableSum) -> None:
    if old != new:
        raise StoreError(
            f"{table.name} differs: {old.rows:,} rows with checksum {old.checksum:016x} here, {new.rows:,} with "
            f"{new.checksum:016x} there; this store stays in use. Drop that database, create it anew, and begin again"
        )


def _count(source: Connection) -> int:
    return sum(source.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES)


@contextmanager
def _snapshot(old: Engine) -> Iterator[Connection]:
    """The old store as of one instant, while others write on."""
    with old.connect() as source:
        source.exec_driver_sql("BEGIN")
        yield source
        source.rollback()
