"""Opens the outbox file, makes a new one, brings an older one up to date, and sets a damaged one aside."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from rollcall_agent.errors import DiskError, OutboxError

VERSION = 2
_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE reports (
    seq INTEGER PRIMARY KEY,
    rank INTEGER NOT NULL,  -- what goes first when room is short: 0 vitals, 1 the others, 2 never (gaps)
    added_on INTEGER NOT NULL,  -- days since 1970-01-01
    body BLOB NOT NULL  -- the report as it will be sent
);
CREATE TABLE numbering (
    next_seq INTEGER NOT NULL,
    waiting INTEGER NOT NULL,  -- how many rows there are: known even when they can no longer be read
    session INTEGER NOT NULL
);
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{epochs}
INSERT INTO numbering VALUES (1, 0, 0);
INSERT INTO epochs VALUES (1, '{epoch}', NULL);
PRAGMA user_version = {version};
COMMIT;
"""
_EPOCHS = """
CREATE TABLE epochs (
    first_seq INTEGER PRIMARY KEY,  -- where this run took over
    name TEXT NOT NULL,  -- random, drawn by the run itself
    follows TEXT  -- the run before it in this file
);
"""
_FROM_VERSION_1 = """
BEGIN IMMEDIATE;
{epochs}
INSERT INTO epochs SELECT 1, epoch, NULL FROM numbering;
PRAGMA user_version = {version};
COMMIT;
"""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_SIDE_FILES = ("", "-wal", "-shm")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file itself is broken, rather than busy, full or out of reach."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGED


def open_file(path: Path) -> sqlite3.Connection:
    """The file, made where there was none. Raises sqlite3.DatabaseError where it is damaged or out of reach."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # SQLite gives its side files the same rights
    connection = sqlite3.connect(path, timeout=2, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def using(path: Path, begin_anew: Callable[[], object]) -> Iterator[None]:
    """Raises DiskError where SQLite cannot use the file now; a damaged one begins anew before that."""
    try:
        yield
    except sqlite3.Error as error:
        if is_damage(error):
            begin_anew()
        raise unusable(path, error) from error


def begin(path: Path, open_it: Callable[[], object], begin_anew: Callable[[], object]) -> None:
    """Open the file, or begin it anew where it is damaged. Raises DiskError."""
    try:
        open_it()
    except (sqlite3.Error, OSError) as error:
        if not (isinstance(error, sqlite3.Error) and is_damage(error)):
            raise unusable(path, error) from error
        begin_anew()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def unusable(path: Path, error: Exception) -> DiskError:
    """What the technician is told."""
    return DiskError(f"{path} cannot be used now ({error}): is the disk full or read-only?")


def set_aside(path: Path) -> Path:
    """Rename the file and its side files, replacing what was set aside before: disks fill up otherwise."""
    aside = path.with_name(f"{path.name}.damaged")
    for side in _SIDE_FILES:
        with suppress(FileNotFoundError):
            path.with_name(path.name + side).replace(aside.with_name(aside.name + side))
    return aside


def known_loss(path: Path) -> tuple[int, int, int] | None:
    """First, last and count of the reports lost with a damaged file, where its numbering can still be read.

    The first is the nearest it can have been: reports acknowledged out of order make it earlier.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
        (next_seq, waiting) = connection.execute("SELECT next_seq, waiting FROM numbering").fetchone()
        if 0 < waiting < next_seq:
            return next_seq - waiting, next_seq - 1, waiting
    return None


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.executescript(_SCHEMA.format(epochs=_EPOCHS, epoch=secrets.token_hex(8), version=VERSION))
        return
    if version > VERSION:
        raise OutboxError(f"the outbox {path} was written by a newer agent: upgrade this one, or move the file away")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok" or connection.execute("SELECT count(*) FROM numbering").fetchone() != (1,):
        found = sqlite3.DatabaseError(f"the outbox {path} is damaged: {verdict}")
        found.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise found
    if version == 1:
        connection.executescript(_FROM_VERSION_1.format(epochs=_EPOCHS, version=VERSION))
