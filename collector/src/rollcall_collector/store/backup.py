"""Copies the whole store into one file while it is in use, and brings such a file back.

A backup is never half there: it is written beside its place, checked, and then moved into it.
"""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Engine, inspect, make_url

from rollcall_collector.errors import BackupError
from rollcall_collector.store.database import open_database
from rollcall_collector.store.parts.restores import note_backup_begins

BackupProgress = Callable[[float], None]
"""Called with the share that is done, 0 to 1."""
PAGES = 4096
SECONDS_MAX = 6 * 3600


def write_backup(engine: Engine, file: Path, now: datetime, progress: BackupProgress) -> int:
    """Write everything kept to `file` while the collector runs. Returns its size. Raises BackupError."""
    if file.exists():
        raise BackupError(f"{file} is there already: name another file, or remove it")
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    note_backup_begins(engine, now)
    try:
        if engine.dialect.name == "sqlite":
            _copy_sqlite(engine, part, progress)
            check_sqlite(part)
        else:
            _dump_postgresql(engine.url, part)
        _settle(part, file)
    finally:
        part.unlink(missing_ok=True)
    progress(1.0)
    return file.stat().st_size


def restore_backup(
    url: str, file: Path, *, is_replacing: bool, now: datetime, progress: BackupProgress
) -> Path | None:
    """Make `file` the store at `url`. Returns where the old store was put aside, or None where there was none.

    Raises BackupError where the file is no sound backup, where a store stands and `is_replacing` is false, or where
    somebody is using it.
    """
    if not file.is_file():
        raise BackupError(f"no file at {file}: name a backup that 'rollcall backup' wrote")
    parsed = make_url(url)
    stamp = f"{now:%Y%m%d-%H%M%S}"
    if parsed.get_backend_name() == "sqlite":
        return _restore_sqlite(Path(parsed.database or ""), file, stamp, is_replacing=is_replacing, progress=progress)
    return _restore_postgresql(parsed, file, stamp, is_replacing=is_replacing)


def check_sqlite(file: Path) -> None:
    """Raises BackupError where the file is no sound database of ours."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            said = connection.execute("PRAGMA integrity_check(3)").fetchall()
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{file} is no backup of Rollcall ({error}): take another one") from error
    if said != [("ok",)]:
        raise BackupError(f"{file} is damaged ({said[0][0]}): take an older one")


def _copy_sqlite(engine: Engine, part: Path, progress: BackupProgress) -> None:
    part.unlink(missing_ok=True)
    with closing(engine.raw_connection()) as borrowed, closing(sqlite3.connect(part)) as copy:
        source = borrowed.driver_connection
        assert isinstance(source, sqlite3.Connection)
        # One snapshot held open: else every commit of the running collector would begin the copy anew.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        try:
            source.backup(copy, pages=PAGES, progress=lambda _, left, total: progress(1 - left / max(1, total)))
        finally:
            source.rollback()
        copy.execute("PRAGMA journal_mode=DELETE")


def _restore_sqlite(
    target: Path, file: Path, stamp: str, *, is_replacing: bool, progress: BackupProgress
) -> Path | None:
    check_sqlite(file)
    if target.exists() and not is_replacing:
        raise BackupError(f"{target} is there already: say --replace to put it aside and restore")
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, part)
    progress(0.9)
    aside = _put_aside(target, stamp) if target.exists() else None
    _settle(part, target)
    progress(1.0)
    return aside


def _put_aside(target: Path, stamp: str) -> Path:
    """Move the store that stands out of the way. Raises BackupError while somebody uses it."""
    try:
        with closing(sqlite3.connect(target, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # succeeds only for the last one who has it open
    except sqlite3.OperationalError as error:
        raise BackupError(f"{target} is in use: stop the collector, then restore") from error
    except sqlite3.DatabaseError:
        pass  # it is damaged: the more reason to restore
    aside = _free(target.with_name(f"{target.name}.before-{stamp}"))
    for ending in ("", "-wal", "-shm"):
        piece = target.with_name(target.name + ending)
        if piece.exists():
            piece.replace(aside.with_name(aside.name + ending))
    return aside


def _free(wanted: Path) -> Path:
    """This name, or one with a number: what was put aside earlier is never overwritten."""
    count = 1
    found = wanted
    while found.exists():
        count += 1
        found = wanted.with_name(f"{wanted.name}-{count}")
    return found


def _dump_postgresql(url: URL, part: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={part}", f"--dbname={_address(url, Path(folder))}")


def _restore_postgresql(url: URL, file: Path, stamp: str, *, is_replacing: bool) -> Path | None:
    engine = open_database(url.render_as_string(hide_password=False))
    try:
        has_tables = inspect(engine).has_table("devices")
    finally:
        engine.dispose()
    if has_tables and not is_replacing:
        raise BackupError(f"{url.database} holds a store already: say --replace to put it aside and restore")
    aside = _free(file.with_name(f"{url.database}.before-{stamp}")) if has_tables else None
    if aside is not None:
        _dump_postgresql(url, aside)
    with tempfile.TemporaryDirectory() as folder:
        address = f"--dbname={_address(url, Path(folder))}"
        _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", address, str(file))
    return aside


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))), None)
    if found is None:
        raise BackupError(f"{program} is not installed: install PostgreSQL's client programs, of the server's version")
    done = subprocess.run(  # noqa: S603  # the program was found by its name, its arguments are ours
        [found, *arguments], check=False, capture_output=True, text=True, timeout=SECONDS_MAX
    )
    if done.returncode != 0:
        raise BackupError(f"{program} failed: {done.stderr.strip() or f'exit status {done.returncode}'}")


def _address(url: URL, folder: Path) -> str:
    """Where the database is, for PostgreSQL's programs; the password goes by a file, not by the process list."""
    bare = url.set(drivername="postgresql")
    if url.password is None:
        return bare.render_as_string(hide_password=False)
    file = folder / "password"
    file.touch(mode=0o600)
    file.write_text(f"*:*:*:*:{str(url.password).replace(chr(92), chr(92) * 2).replace(':', chr(92) + ':')}\n")
    without = URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database, query=url.query
    )
    return without.update_query_dict({"passfile": str(file)}).render_as_string(hide_password=False)


def _settle(part: Path, file: Path) -> None:
    """On the disk first, then under its name."""
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    part.replace(file)
