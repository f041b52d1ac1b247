"""Fills a store with a district as it stands on a school morning: a year of facts, carts, flags and decisions."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, event, insert, select, text

from rollcall_collector.model.flag import Action
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_day, to_day, to_us
from rollcall_collector.store.judged.flags import decide
from rollcall_collector.store.kept.anew import make_anew
from rollcall_collector.store.tables import carts, complaints, flags, lessons, sites
from tests.support.fleets.school_years import SITES, fill

NOW = datetime(2026, 6, 16, 9, 40, tzinfo=UTC)
"""A Tuesday morning in school."""
HOLIDAYS = (
    (date(2025, 7, 21), date(2025, 9, 1)),
    (date(2025, 10, 27), date(2025, 10, 31)),
    (date(2025, 12, 22), date(2026, 1, 2)),
    (date(2026, 3, 30), date(2026, 4, 10)),
)
SLOTS = 30
_PLACE = f"((device - 1) / {SITES})"
"""A device's place in its school: four of five are in carts, each cart has thirty slots."""
_TELL_SQL = (
    (
        f"UPDATE devices SET cart = 1 + (site - 1) + {SITES} * ({_PLACE} / {SLOTS}), slot = 1 + {_PLACE} % {SLOTS}"
        f" WHERE {_PLACE} % 5 <> 4"
    ),
    # A third of what a district has is of one model, as districts buy.
    "UPDATE devices SET model = 'Model 0' WHERE device % 3 = 0",
    "UPDATE devices SET warranty_until = :on + 200 WHERE device % 4 = 0",
    "UPDATE devices SET support_until = :on + 400 WHERE device % 10 = 3",
    # One in forty has a spent battery, one in three hundred a worn drive.
    "UPDATE device_days SET battery_full_wh = battery_full_wh * 0.7 WHERE device % 40 = 7",
    "UPDATE device_days SET storage_wear_percent = 100 WHERE device % 300 = 11",
    # This morning nine of ten were heard, and one cart of eight was not charged; some fell silent in May.
    'DELETE FROM device_days WHERE "on" = :on AND device % 10 = 4',
    'DELETE FROM device_days WHERE "on" > :on - 30 AND device % 200 = 14',
    (
        "INSERT INTO device_states (device, last_heard_us, inventory, vitals, vitals_us)"
        ' SELECT device, heard_us, \'{"kind": "inventory","platform": "windows"}\', \'{"kind": "vitals",'
        '"battery_level_percent": \' || level || \'.0,"is_charging": \''
        " || CASE WHEN device % 6 = 0 THEN 'true' ELSE 'false' END || ',\"is_plugged_in\": false}', heard_us"
        " FROM (SELECT device, CASE WHEN cart % 8 = 3 THEN 20 + device * 37 % 80 ELSE 45 + device * 37 % 55 END AS level,"
        " :us - CASE WHEN device % 200 = 14 THEN 2592000000000"
        " WHEN device % 10 = 4 THEN 70000000000 ELSE 60000000 * (device % 90) END AS heard_us FROM devices) AS heard"
    ),
    (
        "UPDATE publishers SET last_heard_us = :us - 3600000000, state = CASE WHEN device % 3 = 0 THEN 'ready'"
        " ELSE 'sleeping' END"
    ),
)
_JUDGE = """
import sys
from datetime import datetime
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.store.database import open_database, spare_memory

engine = open_database(sys.argv[1])
spare_memory(engine)
judge_fleet(engine, datetime.fromisoformat(sys.argv[2]))
"""
COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def fill_district(engine: Engine, *, devices: int, say: Callable[[str, int, int], None]) -> None:
    """So many devices in twenty schools on `NOW`, judged twice, with decisions between; `say` is told how far it is."""
    what = f"{devices:,} devices"
    with _written_at_once(engine):
        fill(
            engine,
            devices=devices,
            now=NOW,
            active=_school_days(),
            progress=lambda done, of: say(f"filling a year of {what}", done, of),
        )
        with engine.begin() as connection:
            _place(connection, devices)
    say(f"judging {what}", 0, 0)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    judge(engine, NOW - timedelta(days=1))
    with engine.begin() as connection:
        _decide(connection)
    judge(engine, NOW - timedelta(hours=7))


def judge(engine: Engine, now: datetime) -> None:
    """Judge the fleet as a night does, in a process of its own."""
    url = engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", _JUDGE, url, now.isoformat()], env=COMPILED, check=True, capture_output=True)


@contextmanager
def _written_at_once(engine: Engine) -> Iterator[None]:
    """Without the disk's word and without triggers; what those keep is made anew at the end."""
    quick = ("synchronous=OFF", "cache_size=-1500000", "temp_store=MEMORY")
    engine.dispose()
    event.listen(engine, "connect", hurry := lambda raw, _: [raw.execute(f"PRAGMA {one}") for one in quick])
    found = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    with engine.begin() as connection:
        triggers = {row.name: row.sql for row in connection.execute(found)}
        for name in triggers:
            connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    with engine.begin() as connection:
        for sql in triggers.values():
            connection.exec_driver_sql(sql)
        make_anew(connection)
    event.remove(engine, "connect", hurry)
    engine.dispose()


def _school_days() -> list[int]:
    days = (NOW.date() - timedelta(days=back) for back in range(365, -1, -1))
    return [to_day(on) for on in days if on.isoweekday() <= 5 and not any(a <= on <= b for a, b in HOLIDAYS)]


def _place(connection: Connection, devices: int) -> None:
    keys = connection.execute(select(sites.c.site).order_by(sites.c.site)).scalars().all()
    most = devices // SITES // SLOTS + 1
    connection.execute(
        insert(carts),
        [
            {"cart": site + SITES * nth, "site": site, "name": f"Cart {nth + 1}", "slots": SLOTS}
            for nth in range(most)
            for site in keys
        ],
    )
    lesson = [
        {"starts_minute": 480 + 60 * nth, "ends_minute": 525 + 60 * nth, "label": f"{nth + 1}"} for nth in range(7)
    ]
    connection.execute(insert(lessons), [{"site": site} | one for site in keys for one in lesson])
    said: list[dict[str, Any]] = [{"cart": site, "slot": 3, "said_us": to_us(NOW) - 3_600_000_000} for site in keys]
    connection.execute(insert(complaints), said)
    for statement in _TELL_SQL:
        connection.execute(text(statement), {"on": to_day(NOW.date()), "us": to_us(NOW)})


def _decide(connection: Connection) -> None:
    """Of the open flags a fifth is decided on, in each way there is."""
    found = connection.execute(select(flags.c.flag).where(flags.c.state == "open").order_by(flags.c.flag)).scalars()
    ways: tuple[tuple[Action, dict[str, Any]], ...] = (
        ("accept", {}),
        ("dismiss", {"reason": "It was dropped."}),
        ("postpone", {"reason": "After the tests.", "until": from_day(to_day(NOW.date()) + 40)}),
    )
    for nth, flag in enumerate(found.all()[:6_000:5]):
        action, more = ways[nth % len(ways)]
        decide(connection, Scope.all(), flag, action, author="Ada", now=NOW - timedelta(hours=20), **more)
