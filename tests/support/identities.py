"""Gives tests a fresh store, a site, a token and enrolled devices, by the same code as the collector's."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from rollcall_collector.identity.enrollment import Enrolled, enroll
from rollcall_collector.identity.tokens import create_token
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import migrate, open_database
from rollcall_wire import Inventory
from rollcall_wire.codes import Platform

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SITE = "Hillside"
ZONE = "Europe/Berlin"


def new_store(folder: Path) -> Engine:
    """A fresh SQLite store, `rollcall.sqlite3` in this folder. Raises FileExistsError where one stands."""
    file = folder / "rollcall.sqlite3"
    with file.open("xb") as written:
        written.write(_tables())
    return open_database(f"sqlite:///{file}")


@cache
def _tables() -> bytes:
    """A store in which nothing is kept yet, as a file's bytes: its tables are made once a process."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rollcall.sqlite3"
        engine = open_database(f"sqlite:///{file}")
        migrate(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return file.read_bytes()


def new_token(engine: Engine, *, uses: int = 1, now: datetime = NOW, platform: Platform | None = None) -> str:
    """A token of the one site, which is made at its first use."""
    return create_token(engine, Scope.all(), site=SITE, zone=ZONE, uses=uses, now=now, platform=platform)


def enroll_one(
    engine: Engine,
    *,
    hardware: str = "a",
    serial: str | None = "5CD1234ABC",
    token: str | None = None,
    now: datetime = NOW,
    inventory: Inventory | None = None,
) -> Enrolled:
    """Enroll a device whose hardware id is this one letter, many times over."""
    return enroll(
        engine,
        token=token or new_token(engine, now=now),
        hardware_id=hardware * 64,
        inventory=replace(inventory or Inventory(platform="linux"), serial_number=serial),
        now=now,
    )
