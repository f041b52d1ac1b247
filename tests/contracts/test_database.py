"""Both databases stand up with every table, and keep whole numbers for instants and days."""

import subprocess
import sys
from dataclasses import fields
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from rollcall_collector.errors import StoreError
from rollcall_collector.model.fact import DAY_FIELDS, DeviceDay
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.instants import from_day, from_us, local_day, to_day, to_us
from rollcall_collector.store.tables import metadata
from tests.support.postgresql import shared_cluster


def test_every_table_stands_after_the_migration(engine: Engine) -> None:
    found = set(sa.inspect(engine).get_table_names())

    assert found == {*metadata.tables, "alembic_version"}


def test_an_instant_and_a_day_come_back_as_they_went() -> None:
    at = datetime(2026, 11, 23, 7, 59, 59, 123456, tzinfo=UTC)

    assert from_us(to_us(at)) == at
    assert from_day(to_day(date(2026, 2, 28))) == date(2026, 2, 28)


def test_a_day_is_the_day_on_the_schools_wall() -> None:
    late = to_us(datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    before_dawn = to_us(datetime(2026, 7, 2, 3, 30, tzinfo=UTC))

    assert from_day(local_day(late, "Europe/Berlin")) == date(2026, 7, 2)
    assert from_day(local_day(before_dawn, "America/New_York")) == date(2026, 7, 1)
    assert from_day(local_day(late, "")) == date(2026, 7, 1)
    assert from_day(local_day(late, "Not/There")) == date(2026, 7, 1)


def test_postgresql_compiles_no_question_even_after_one_was_taken_back() -> None:
    cluster = shared_cluster()
    url = cluster.lend_database()
    opened = open_database(url)

    with opened.connect() as connection:
        connection.rollback()
        is_compiling = connection.exec_driver_sql("SHOW jit").scalar_one()

    opened.dispose()
    cluster.take_back(url)
    assert is_compiling == "off"


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # SQLite cannot tell of one
def test_the_tables_equal_what_the_migrations_make(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        differences = compare_metadata(context, metadata)

    assert differences == []


def test_the_columns_of_a_day_are_the_released_ones_in_their_order(engine: Engine) -> None:
    found = sa.inspect(engine).get_columns("device_days")

    assert [column["name"] for column in found] == ["device", *(field.name for field in fields(DeviceDay))]
    assert [column["nullable"] for column in found] == [False, False, *(one.is_optional for one in DAY_FIELDS)]


def test_a_store_of_a_newer_release_is_left_alone_and_says_the_way_out(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match=r"newer Rollcall \(tables 9999.*restore the backup"):
        migrate(engine)


_MIGRATE = "from rollcall_collector.store.database import migrate, open_database\nmigrate(open_database({url!r}))"
_KILLED_HALFWAY = "import os\nfrom alembic import op\nop.create_index = lambda *_, **__: os.kill(os.getpid(), 9)\n"


@pytest.fixture
def empty(engine: Engine) -> Engine:
    """The same database, with nothing in it yet."""
    if engine.dialect.name == "sqlite":
        return open_database(f"{engine.url}.fresh")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    return engine


def migrating(engine: Engine, *, first: str = "") -> "subprocess.Popen[str]":
    """A process that brings this store up to date, as each part of Rollcall and each command does."""
    url = engine.url.render_as_string(hide_password=False)
    code = first + _MIGRATE.format(url=url)
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_a_service_and_a_command_that_come_to_a_new_store_at_once_both_find_it_made(empty: Engine) -> None:
    begun = [migrating(empty) for _ in range(3)]

    said = [(one.communicate(timeout=120)[1], one.returncode) for one in begun]

    assert said == [("", 0)] * 3
    with empty.connect() as connection:
        assert not compare_metadata(MigrationContext.configure(connection), metadata)
    empty.dispose()


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_whoever_is_killed_while_the_tables_change_leaves_them_as_they_were(empty: Engine) -> None:
    process = migrating(empty, first=_KILLED_HALFWAY)
    process.communicate(timeout=120)
    with empty.connect() as connection:
        left = sa.inspect(connection).get_table_names()
    migrate(empty)

    assert (process.returncode, left) == (-9, [])
    with empty.connect() as connection:
        assert not compare_metadata(MigrationContext.configure(connection), metadata)
    empty.dispose()
