"""A school whose devices fail at known rates for a year, written into a store in bulk, ready to be judged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

from sqlalchemy import Connection, Engine, bindparam, delete, insert, literal, select

from rollcall_collector.store.instants import to_day
from rollcall_collector.store.sites import ensure_site
from rollcall_collector.store.tables import boots, device_days, devices, failures
from tests.support.fleets.kept import boot_row, day_row, failure_row

NOW = datetime(2026, 5, 20, 2, tzinfo=UTC)
TODAY = NOW.date()
FIRST = TODAY - timedelta(days=330)
YEARLY = {"crash": 1.0, "hardware": 0.4}
CODES = {"crash": "stop_error", "hardware": "machine_check"}


@dataclass(kw_only=True)
class School:
    """The keys of its devices by name, and the days on which there was school."""

    engine: Engine
    keys: Mapping[str, int]
    days: tuple[date, ...]
    _numbers: Iterable[int] = field(default_factory=lambda: count(1_000_000))

    def fail(self, name: str, channel: str, on: Iterable[date]) -> None:
        """One failure on each of these days."""
        rows = [_failure(self.keys[name], next(iter(self._numbers)), channel, day) for day in on]
        with self.engine.begin() as connection:
            connection.execute(insert(failures), rows)

    def live(self, name: str, on: Iterable[date], **readings: float) -> None:
        """An active day on each of these days."""
        rows = [day_row(self.keys[name], day, **readings) for day in on]
        with self.engine.begin() as connection:
            connection.execute(insert(device_days), rows)


def make_school(
    engine: Engine,
    *,
    number: int = 200,
    yearly: Mapping[str, float] = YEARLY,
    lemons: Mapping[str, float] | None = None,
    silent_since: Mapping[str, date] | None = None,
    has_starts: bool = False,
    seed: int = 1,
) -> School:
    """`number` devices m000 … of one model and year; a lemon fails so many times as often as the others."""
    random = Random(seed)
    days = tuple(day for back in range(330, 0, -1) if (day := TODAY - timedelta(days=back)).isoweekday() <= 5)
    names = [f"m{place:03d}" for place in range(number)]
    with engine.begin() as connection:
        site, _ = ensure_site(connection, "Oak", "UTC")
        connection.execute(
            insert(devices),
            [
                {
                    "device_id": f"d-{name}",
                    "serial_number": name.upper(),
                    "platform": "windows",
                    "model": "Maple 14",
                    "site": site,
                    "purchased_on": to_day(date(2024, 8, 1)),
                    "price": 500.0,
                }
                for name in names
            ],
        )
        keys = {row.device_id[2:]: row.device for row in connection.execute(devices.select())}
        lived = {name: [day for day in days if day < (silent_since or {}).get(name, date.max)] for name in names}
        _keep_days(connection, days)
        for name, since in (silent_since or {}).items():
            of_it = device_days.c.device == keys[name]
            connection.execute(delete(device_days).where(of_it, device_days.c.on >= to_day(since)))
        if has_starts:
            connection.execute(
                insert(boots), [_boot(keys[name], day, random) for name in names for day in lived[name]]
            )
        failed = [
            _failure(keys[name], place * 10 + code, channel, day)
            for name in names
            for place, day in enumerate(lived[name])
            for code, channel in enumerate(yearly)
            if random.random() < (lemons or {}).get(name, 1.0) * yearly[channel] / 240
        ]
        connection.execute(insert(failures), failed)
    return School(engine=engine, keys=keys, days=days)


def _keep_days(connection: Connection, days: Iterable[date]) -> None:
    """An active day of each device on each of these days, by one statement a day: they are tens of thousands."""
    usual = day_row(0, FIRST) | {"device": devices.c.device, "on": bindparam("day")}
    living = select(*(one if name in {"device", "on"} else literal(one) for name, one in usual.items()))
    connection.execute(insert(device_days).from_select([*usual], living), [{"day": to_day(day)} for day in days])


def _boot(device: int, on: date, random: Random) -> dict[str, object]:
    return boot_row(
        device,
        f"{device}-{on}",
        datetime.combine(on, time(8), UTC),
        to_login_seconds=20 * random.lognormvariate(0, 0.1),
        os_version="11.1" if on < TODAY - timedelta(days=60) else "11.2",
    )


def _failure(device: int, seq: int, channel: str, on: date) -> dict[str, object]:
    return failure_row(device, seq, channel, CODES[channel], datetime.combine(on, time(10), UTC))
