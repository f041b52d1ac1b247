"""Fills a store with a district's school years in a minute, by SQL of both databases; facts lie there as they came."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import Connection, Engine, text

from rollcall_collector.store.instants import to_day

DAYS, ACTIVE = 730, 300
DAY_US = 86_400_000_000
MODELS, SITES = 40, 20
_PART = 5_000
_NOISE = '((d.device * 7919 + b."on" * 104729) % 1000)'
"""A number under a thousand that both databases make alike of a device and a day."""
_SITES = "INSERT INTO sites (site, name, zone) VALUES (:site, :name, 'UTC')"
_DEVICES = (
    "INSERT INTO devices (device, device_id, serial_number, platform, model, site, role, purchased_on, price)"
    " VALUES (:device, :device_id, :device_id, 'windows', :model, :site, 'pupil', :bought, 400)"
)
_PUBLISHERS = (
    "INSERT INTO publishers (publisher, name, device, secret_hash, enrolled_us)"
    " SELECT device, device_id, device, '', 0 FROM devices"
)
_DEVICE_DAYS = (
    'INSERT INTO device_days (device, "on", reports, boots, unclean_stops, failures, to_login_seconds_max,'
    " awake_seconds, battery_level_percent_min, battery_full_wh, battery_design_wh, battery_cycles,"
    " storage_wear_percent, media_errors)"
    f' SELECT d.device, b."on", 4, 1, 0, 0, 20, 9000 + {_NOISE}, 40 + {_NOISE} / 50.0,'
    f" 49 - 4.0 * b.nth / {ACTIVE} - {_NOISE} / 2000.0, 50, b.nth, d.device % 60, 0"
    " FROM bench_days b CROSS JOIN devices d WHERE b.nth = :nth ORDER BY d.device"
)
_BOOTS = (
    "INSERT INTO boots (device, boot_id, booted_us, booted_on, is_day_only, source, start_kind, to_login_seconds,"
    " os_version, previous_stop, stop_cause)"
    f""" SELECT d.device, d.device || '-' || b."on", b."on" * CAST({DAY_US} AS BIGINT) + 28800000000 + d.device,"""
    f""" b."on", (1 = 0), 'bench', 'full', (18 + (d.device * 37 % 600) / 100.0) * (0.8 + {_NOISE} / 2500.0),"""
    " '10.' || (b.nth / 40), 'clean', 'user'"
    " FROM bench_days b CROSS JOIN devices d WHERE b.nth = :nth ORDER BY d.device"
)
_FAILURES = (
    "INSERT INTO failures (device, epoch_key, seq, channel, code, occurred_us, occurred_on, is_day_only, count,"
    " evidence) VALUES (:device, 1, :seq, :channel, :code, :us, :on, (1 = 0), 1, '{}')"
)


def fill(
    engine: Engine,
    *,
    devices: int,
    now: datetime,
    active: Sequence[int] = (),
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Enroll so many devices and keep what they told on 300 days of the two years before `now`, and of yesterday.

    Or on these `active` days since 1970-01-01. `progress` is told how many of the days are there, of how many.
    """
    random, today = Random(1), to_day(now.date())
    active = active or sorted({today - 1, *random.sample(range(today - DAYS, today - 1), ACTIVE - 1)})
    with engine.begin() as connection:
        connection.execute(text(_SITES), [{"site": site, "name": f"Site {site}"} for site in range(1, SITES + 1)])
        _in_parts(connection, _DEVICES, (_device(number, today) for number in range(1, devices + 1)))
        connection.execute(text(_PUBLISHERS))
        connection.execute(text('CREATE TABLE bench_days ("on" INTEGER PRIMARY KEY, nth INTEGER)'))
        _in_parts(
            connection,
            "INSERT INTO bench_days VALUES (:on, :nth)",
            ({"on": on, "nth": nth} for nth, on in enumerate(active)),
        )
        for nth in range(len(active)):
            connection.execute(text(_DEVICE_DAYS), {"nth": nth})
            connection.execute(text(_BOOTS), {"nth": nth})
            progress(nth + 1, len(active))
        _in_parts(connection, _FAILURES, _failures(devices, active, Random(3)))
        connection.execute(text("DROP TABLE bench_days"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _device(number: int, today: int) -> dict[str, Any]:
    return {
        "device": number,
        "device_id": f"d-{number:012x}",
        "model": f"Model {number % MODELS}",
        "site": 1 + number % SITES,
        "bought": today - 365 * (2 + number % 3),
    }


def _failures(devices: int, active: Sequence[int], random: Random) -> Iterator[dict[str, Any]]:
    """1.3 incidents a device and year, of which some devices have more than others."""
    theta = [random.gammavariate(1.5, 1 / 1.5) for _ in range(devices)]
    for on in active:
        for device in range(1, devices + 1):
            if random.random() < theta[device - 1] * 2.6 / ACTIVE:
                channel, code = ("crash", "stop_error") if random.random() < 0.7 else ("hardware", "machine_check")
                us = on * DAY_US + 36_000_000_000
                yield {"device": device, "seq": on, "channel": channel, "code": code, "us": us, "on": on}


def _in_parts(connection: Connection, statement: str, rows: Iterator[dict[str, Any]]) -> None:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == _PART:
            connection.execute(text(statement), part)
            part = []
    if part:
        connection.execute(text(statement), part)
