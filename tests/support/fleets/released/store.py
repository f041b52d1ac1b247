"""A store as the last release left it: its tables, and a few rows of each kind."""

import sqlite3
import zlib
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from rollcall_collector.store.database import open_database

RELEASED = "0002"
"""The newest migration of release 0.1."""
DOCUMENT = '{\n "form": 1,\n "findings": {"d-a": []}\n}\n'
ROWS: dict[str, list[dict[str, Any]]] = {
    "sites": [{"site": 1, "name": "Oak", "zone": "Europe/Berlin"}],
    "devices": [{"device": 1, "device_id": "d-a", "serial_number": "SN1", "platform": "windows", "site": 1}],
    "publishers": [{"publisher": 1, "name": "d-a", "device": 1, "secret_hash": "$7$", "enrolled_us": 1}],
    "people": [
        {"person": 1, "name": "Kim", "role": "admin", "created_us": 1},
        {"person": 2, "name": "Lou", "role": "technician", "created_us": 1},
        {"person": 3, "name": "Sam", "role": "viewer", "created_us": 1},
    ],
    "watermarks": [{"epoch_key": 1, "publisher": 1, "epoch": "00112233aabbccdd", "upto": 41, "ranges": "[[43,44]]"}],
    "device_days": [
        {"device": 1, "on": day, "reports": 3, "boots": 1, "unclean_stops": 0, "failures": 0}
        for day in range(20_500, 20_600)
    ],
    "judging_runs": [
        {
            "run": 1,
            "judged_us": 1,
            "until_on": 20_500,
            "digest": "0" * 64,
            "version": "0.1.0",
            "devices": 1,
            "incidents": 0,
            "history_days": 1,
            "is_enough": False,
            "replace": 0,
            "watch": 0,
            "parameters": "{}",
            "shapes": "{}",
            "shocks": "[]",
            "models": "[]",
            "document": zlib.compress(DOCUMENT.encode()),
        }
    ],
}


def released_store(folder: Path) -> Engine:
    """A SQLite store with the tables of release 0.1 and a few rows of each kind."""
    engine = open_database(f"sqlite:///{folder / 'rollcall.sqlite3'}")
    config = Config()
    config.set_main_option("script_location", str(files("rollcall_collector.store") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, RELEASED)
        for table, rows in ROWS.items():
            names = ", ".join(f'"{name}"' for name in rows[0])
            marks = ", ".join(f":{name}" for name in rows[0])
            connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), rows)
    return engine


def count_rows(engine: Engine) -> dict[str, int]:
    """How many rows each table of the release has."""
    with engine.connect() as connection:
        return {table: connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() for table in ROWS}


def as_the_last_collector_left_it(folder: Path) -> dict[str, int]:
    """Put a store of release 0.1 in the place of today's, which knows the device that reports; its rows by table."""
    today = folder / "rollcall.sqlite3"
    with closing(sqlite3.connect(today)) as connection:
        device = connection.execute("SELECT device_id, serial_number, platform FROM devices").fetchone()
        secret = connection.execute("SELECT name, secret_hash FROM publishers WHERE device IS NOT NULL").fetchone()
        password = connection.execute("SELECT value FROM kept_settings WHERE name = 'broker.password'").fetchone()
    for side in ("", "-wal", "-shm"):
        today.with_name(today.name + side).unlink(missing_ok=True)
    engine = released_store(folder)
    with engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO devices (device, device_id, platform, site) VALUES (2, :id, :platform, 1)"),
            {"id": device[0], "platform": device[2]},
        )
        connection.execute(
            sa.text(
                "INSERT INTO publishers (publisher, name, device, secret_hash, enrolled_us) VALUES (2, :n, 2, :s, 1)"
            ),
            {"n": secret[0], "s": secret[1]},
        )
        connection.execute(sa.text("INSERT INTO kept_settings VALUES ('broker.password', :p)"), {"p": password[0]})
    rows = count_rows(engine)
    engine.dispose()
    return rows
