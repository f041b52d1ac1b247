"""A store moves from SQLite to PostgreSQL whole, whatever changes meanwhile, and only one of the two is ever in use."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, make_url, select, text, update

from rollcall_collector.errors import StoreError
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.keeping import is_store_lost, is_wrong_value
from rollcall_collector.store.kept.day_counts import counts_anew, kept_counts
from rollcall_collector.store.moving.move import Tell, come_back, move_store
from rollcall_collector.store.tables import (
    complaints,
    device_days,
    devices,
    hardware_keys,
    kept_settings,
    late_changes,
    metadata,
    sites,
)
from tests.support.every_row import ROWS, every_row, fill_every_table
from tests.support.faults.cut_off import CutOffError, cut_off
from tests.support.fleets.kept import day_row
from tests.support.identities import new_store
from tests.support.postgresql import shared_cluster


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite store with some rows in every table."""
    engine = new_store(tmp_path)
    fill_every_table(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def new() -> Iterator[Engine]:
    """A PostgreSQL database with our tables and nothing in them, to which a whole move is made."""
    url = shared_cluster().lend_database()
    engine = open_database(url)
    yield engine
    engine.dispose()
    shared_cluster().take_back(url)


@pytest.fixture
def half() -> Iterator[Engine]:
    """Another one, to which no move is made to its end."""
    engine = open_database(shared_cluster().fresh_database())
    yield engine
    engine.dispose()


def _quietly(what: str, done: int, all_of_it: int) -> None:
    del what, done, all_of_it


def _at(wanted: str, number: int, do: Callable[[], None]) -> Tell:
    """Does something when the move says this for the so-manieth time."""
    seen = []

    def tell(what: str, done: int, all_of_it: int) -> None:
        del done, all_of_it
        seen.append(what)
        if what == wanted and seen.count(wanted) == number:
            do()

    return tell


def _schema(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY 1"
        )
        return [tuple(row) for row in rows]


def _constraints(engine: Engine) -> set[tuple[str, str]]:
    asked = "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0"
    with engine.connect() as connection:
        return {tuple(row) for row in connection.exec_driver_sql(asked)}


def test_every_table_stands_in_the_new_store_as_it_was(old: Engine) -> None:
    name = make_url(shared_cluster().fresh_database()).database
    shared_cluster().run_sql(f"DROP DATABASE {name}")
    shared_cluster().run_sql(f"CREATE DATABASE {name}")  # one without any table
    new = open_database(shared_cluster().url(str(name)))
    before = every_row(old)

    moved = move_store(old, new, _quietly)

    migrate(new)
    assert every_row(new) == before
    assert all(before.values())
    assert {name: one.rows for name, one in moved.sums.items()} == {name: len(rows) for name, rows in before.items()}
    assert moved.sums.keys() == metadata.tables.keys()
    assert moved.pause_seconds is not None
    new.dispose()


def test_what_changes_while_it_is_copied_is_brought_too(old: Engine, new: Engine) -> None:
    def change() -> None:
        fill_every_table(old, beginning_at=100)
        with old.begin() as connection:
            names = dict(connection.execute(select(sites.c.site, sites.c.name)).all())
            for site, name in ((1, "meanwhile"), (3, names[1]), (1, names[3])):  # two exchange their names
                connection.execute(update(sites).where(sites.c.site == site).values(name=name))
            connection.execute(delete(complaints).where(complaints.c.complaint == 1))
            connection.execute(update(hardware_keys).where(hardware_keys.c.publisher == 2).values(key="another"))
            connection.execute(delete(device_days).where(device_days.c.device == 3))

    def change_again() -> None:
        fill_every_table(old, beginning_at=200)

    def tell(what: str, done: int, all_of_it: int) -> None:
        during_copy(what, done, all_of_it)
        during_comparison(what, done, all_of_it)

    during_copy, during_comparison = _at("copied", 80, change), _at("compared", 100, change_again)

    move_store(old, new, tell, at_once=2)

    assert every_row(new) == every_row(old)
    with new.connect() as connection:
        kept = connection.execute(select(sites.c.site, sites.c.name).order_by(sites.c.site)).all()
    assert len(kept) == 3 * ROWS


def test_a_move_that_was_cut_off_goes_on_and_the_new_store_opens_only_then(old: Engine, new: Engine) -> None:
    whole = _constraints(new)
    for what, number in (
        ("copied", 1),
        ("copied", 30),
        ("compared", 60),
        ("last changes", 1),
        ("ready", 1),
        ("moved", 1),
    ):
        with pytest.raises(CutOffError):
            move_store(old, new, _at(what, number, cut_off))
        with pytest.raises(StoreError, match="still being filled"):
            migrate(new)

    moved = move_store(old, new, _quietly)

    migrate(new)
    assert every_row(new) == every_row(old)
    assert moved.sums["devices"].rows == ROWS
    assert moved.pause_seconds is None  # the try before ended it
    assert _constraints(new) == whole


def test_the_old_store_refuses_every_change_and_no_report_is_taken_for_a_wrong_one(
    old: Engine, new: Engine, tmp_path: Path
) -> None:
    before = _schema(old)
    move_store(old, new, _quietly)

    refused = []
    with closing(sqlite3.connect(tmp_path / "rollcall.sqlite3")) as connection:
        for table in metadata.tables:
            with pytest.raises(sqlite3.IntegrityError, match="has moved to postgresql") as raised:
                connection.execute(f"DELETE FROM {table}")
            refused.append(raised.value)

    assert all(is_store_lost(one) and not is_wrong_value(one) for one in refused)
    with pytest.raises(StoreError, match="rollcall migrate --back"):
        migrate(old)
    with pytest.raises(StoreError, match="has moved to postgresql"):
        move_store(old, new, _quietly)
    assert come_back(old).is_moved
    migrate(old)
    assert _schema(old) == before
    with pytest.raises(StoreError, match="not moved anywhere"):
        come_back(old)


def test_the_new_store_counts_on_where_the_old_one_stood(old: Engine, new: Engine) -> None:
    with old.begin() as connection:
        connection.execute(insert(late_changes).values(change=70, device=1, on=1))
        connection.execute(delete(late_changes).where(late_changes.c.change == 70))  # seen, and not to come again
        for table in ("device_days", "day_counts"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.execute(insert(device_days), [day_row(1, date(2026, 3, day), failures=day % 2) for day in (2, 3)])
    move_store(old, new, _quietly)

    with new.begin() as connection:
        copied = kept_counts(connection)
        connection.execute(insert(device_days).values(day_row(1, date(2026, 3, 4))))
        numbers = {
            table.name: connection.execute(insert(table).values(row).returning(*table.primary_key)).scalar_one()
            for table, row in ((devices, {"device_id": "d-new"}), (late_changes, {"device": 1, "on": 1}))
        }
        connection.execute(insert(sites).values(name="New", zone="UTC"))
        counted, anew = kept_counts(connection), counts_anew(connection)
    assert len(copied) == 2
    assert counted == anew
    assert numbers == {"devices": ROWS + 1, "late_changes": 71}


def test_what_postgresql_cannot_keep_in_a_text_is_left_out(old: Engine, new: Engine) -> None:
    with old.begin() as connection:
        connection.execute(insert(kept_settings).values(name="odd\0name", value="odd\0value"))

    move_store(old, new, _at("compared", 1, lambda: _spoil(old)))

    with new.connect() as connection:
        odd = connection.execute(select(kept_settings.c.value).where(kept_settings.c.name == "oddname")).scalar_one()
    assert odd == "oddest value"


def _spoil(old: Engine) -> None:
    with old.begin() as connection:
        connection.execute(
            text("UPDATE kept_settings SET value = 'oddest' || char(0) || ' value' WHERE name LIKE 'odd%'")
        )


def test_a_row_that_differs_keeps_the_old_store_in_use(old: Engine, half: Engine) -> None:
    def meddle() -> None:
        with half.begin() as connection:
            connection.execute(update(devices).where(devices.c.device == 2).values(slot=99))

    with pytest.raises(StoreError, match="devices differs: 3 rows"):
        move_store(old, half, _at("copied", 55, meddle))

    migrate(old)
    assert not come_back(old).is_moved


def test_only_an_empty_database_is_filled_and_by_one_move(old: Engine, half: Engine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = new_store(tmp_path / "other")
    url = shared_cluster().lend_database()
    taken = open_database(url)
    with taken.begin() as connection:
        connection.execute(insert(kept_settings).values(name="a", value="b"))
    with pytest.raises(CutOffError):
        move_store(old, half, _at("copied", 1, cut_off))

    with pytest.raises(StoreError, match="holds a store already"):
        move_store(other, taken, _quietly)
    with pytest.raises(StoreError, match="being filled from sqlite"):
        move_store(other, half, _quietly)
    with pytest.raises(StoreError, match="from SQLite to PostgreSQL"):
        move_store(old, other, _quietly)
    assert _schema(other) == _schema(new_store(_folder(tmp_path / "third")))
    for engine in (other, taken):
        engine.dispose()
    shared_cluster().take_back(url)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
