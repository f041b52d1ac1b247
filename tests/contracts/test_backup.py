"""A backup is whole although the collector goes on writing, and comes back as it was."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select

from rollcall_collector.errors import BackupError
from rollcall_collector.jobs.settings import JobSettings
from rollcall_collector.jobs.timetable import back_up
from rollcall_collector.store.backup import restore_backup, write_backup
from rollcall_collector.store.database import open_database
from rollcall_collector.store.tables import device_days, devices
from tests.support.fleets.kept import keep_device

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


def _ignore(share: float) -> None:
    assert 0 <= share <= 1


def _names(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(select(devices.c.device_id)).scalars())


def _restore(url: str, file: Path, *, is_replacing: bool = False) -> Path | None:
    return restore_backup(url, file, is_replacing=is_replacing, now=NOW, progress=_ignore)


@pytest.fixture
def backup(engine: Engine, tmp_path: Path) -> Path:
    """A backup of a store with one device, after which another one came."""
    with engine.begin() as connection:
        keep_device(connection, "first")
    write_backup(engine, tmp_path / "backups" / "one", NOW, _ignore)
    with engine.begin() as connection:
        keep_device(connection, "second")
    return tmp_path / "backups" / "one"


def test_a_backup_comes_back_as_it_was_and_the_old_store_is_kept(
    engine: Engine, database_url: str, backup: Path
) -> None:
    engine.dispose()

    aside = _restore(database_url, backup, is_replacing=True)

    assert _names(engine) == {"d-first"}
    assert aside is not None
    engine.dispose()
    again = _restore(database_url, aside, is_replacing=True)
    assert _names(engine) == {"d-first", "d-second"}
    assert again not in {None, aside}


def test_a_store_that_stands_is_not_replaced_unasked(engine: Engine, database_url: str, backup: Path) -> None:
    with pytest.raises(BackupError, match="--replace"):
        _restore(database_url, backup)

    assert _names(engine) == {"d-first", "d-second"}


def test_a_backup_never_overwrites_another_file(engine: Engine, backup: Path) -> None:
    before = backup.read_bytes()

    with pytest.raises(BackupError, match="is there already"):
        write_backup(engine, backup, NOW, _ignore)

    assert backup.read_bytes() == before
    assert [file.name for file in backup.parent.iterdir()] == ["one"]


def test_a_damaged_file_is_refused_and_the_store_stays(
    engine: Engine, database_url: str, backup: Path, tmp_path: Path
) -> None:
    engine.dispose()
    content = bytearray(backup.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 9000] = b"\x55" * 9000
    broken = tmp_path / "broken"
    broken.write_bytes(content[: len(content) // 2])

    with pytest.raises(BackupError):
        _restore(database_url, broken, is_replacing=True)
    with pytest.raises(BackupError, match="no file at"):
        _restore(database_url, tmp_path / "none")

    assert _names(engine) == {"d-first", "d-second"}


def test_old_backups_make_room_for_new_ones(engine: Engine, tmp_path: Path) -> None:
    settings = JobSettings(backup_folder=tmp_path / "nightly", backups_kept=2)

    written = [back_up(engine, settings, NOW.replace(day=day)) for day in (1, 2, 3)]

    kept = sorted((tmp_path / "nightly").iterdir())
    assert kept == written[1:]
    assert back_up(engine, JobSettings(), NOW) is None


def test_a_backup_is_one_moment_of_a_store_that_is_written_to(tmp_path: Path, migrated_file: Path) -> None:
    file = tmp_path / "busy.sqlite3"
    file.write_bytes(migrated_file.read_bytes())
    engine = open_database(f"sqlite:///{file}")
    day = {"reports": 1, "boots": 0, "unclean_stops": 0, "failures": 0}
    with engine.begin() as connection:
        connection.execute(insert(device_days), [{"device": 0, "on": on} | day for on in range(60_000)])
    stop, begun = threading.Event(), threading.Event()
    shares: list[float] = []

    def write() -> None:
        device = 0
        while not stop.is_set():
            device += 1
            with engine.begin() as connection:
                connection.execute(insert(device_days), [{"device": device, "on": on} | day for on in range(10)])
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(20)
        write_backup(engine, tmp_path / "copy", NOW, shares.append)
    finally:
        stop.set()
        writer.join()
    engine.dispose()

    copy = open_database(f"sqlite:///{tmp_path / 'copy'}")
    with copy.connect() as connection:
        devices_seen = connection.execute(
            select(func.count())
            .select_from(device_days)
            .where(device_days.c.device > 0)
            .group_by(device_days.c.device)
        ).scalars()
        assert set(devices_seen) == {10}
    copy.dispose()
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_store_in_use_is_not_taken_from_under_its_collector(tmp_path: Path, migrated_file: Path) -> None:
    file = tmp_path / "used.sqlite3"
    file.write_bytes(migrated_file.read_bytes())
    engine = open_database(f"sqlite:///{file}")
    write_backup(engine, tmp_path / "copy", NOW, _ignore)

    with engine.connect() as connection:
        connection.execute(select(devices.c.device))
        with pytest.raises(BackupError, match="is in use: stop the collector"):
            _restore(f"sqlite:///{file}", tmp_path / "copy", is_replacing=True)

    assert file.exists()
    engine.dispose()
    aside = _restore(f"sqlite:///{file}", tmp_path / "copy", is_replacing=True)
    assert aside == tmp_path / "used.sqlite3.before-20260304-090000"


def test_a_store_that_is_damaged_beyond_reading_can_be_replaced(tmp_path: Path, migrated_file: Path) -> None:
    broken = tmp_path / "rollcall.sqlite3"
    broken.write_bytes(b"this is no database" * 1000)

    aside = _restore(f"sqlite:///{broken}", migrated_file, is_replacing=True)

    assert aside is not None
    assert aside.read_bytes().startswith(b"this is no database")
    engine = open_database(f"sqlite:///{broken}")
    assert _names(engine) == set()
    engine.dispose()
