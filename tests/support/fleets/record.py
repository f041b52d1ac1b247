"""Writes a year and a half of record behind the seeded district, in bulk: what failed when, and how batteries faded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.tables import device_days, failures
from tests.support.fleets.kept import day_row, failure_row

FIRST, LAST = date(2025, 3, 3), date(2026, 9, 4)
_HOLIDAYS = (
    (date(2025, 4, 14), date(2025, 4, 25)),
    (date(2025, 7, 21), date(2025, 9, 1)),
    (date(2025, 12, 22), date(2026, 1, 2)),
    (date(2026, 4, 6), date(2026, 4, 17)),
    (date(2026, 7, 20), date(2026, 9, 1)),
)
_RATE = 2.6
"""Incidents of a usual device in a year of use; a lemon has several times as many."""
LEMONS = {"CB-07": 6.0, "CB-19": 5.0, "NB-02": 3.5, "NB-15": 6.5, "SC-04": 5.5, "SC-11": 7.0, "PC-05": 4.0}
SPOTLESS = ("NB-04",)
"""Nothing failed on these before the weeks that the district itself tells of."""
FADING = {"NB-06": 0.45, "NB-11": 0.19, "NB-17": 0.19, "CB-28": 0.19}
"""How much of its design each battery loses in this time; others lose a twentieth."""
_MIX = (
    ("crash", "os_crash", 50),
    ("hardware", "memory_corrected", 20),
    ("update", "update_failed", 12),
    ("network", "disconnected", 10),
    ("thermal", "throttled", 8),
)


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """A device of the district: its tag, what its battery held when new, and what is left when the record ends."""

    name: str
    design_wh: float
    share: float


def keep_record(connection: Connection, zone: str, remembered: Iterable[Remembered]) -> None:
    """Active days, battery readings and failures of these devices; the same every time."""
    school = [day for day in _days() if day.isoweekday() <= 5 and not _is_holiday(day)]
    days: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for one in remembered:
        random = Random(crc32(f"record {one.name}".encode()))
        key = find_device(connection, Scope.all(), one.name).device
        own = [on for on in school if random.random() > 0.07]
        hurt = dict(_failures(one, own, random))
        days += [_day(one, key, on, hurt.get(on)) for on in own]
        failed += [_failure(key, number, on, hurt[on], zone) for number, on in enumerate(sorted(hurt), 1)]
    connection.execute(insert(device_days), days)
    connection.execute(insert(failures), failed)


def _days() -> Iterator[date]:
    return (FIRST + timedelta(days=at) for at in range((LAST - FIRST).days + 1))


def _is_holiday(on: date) -> bool:
    return any(first <= on <= last for first, last in _HOLIDAYS)


def _failures(one: Remembered, own: list[date], random: Random) -> Iterator[tuple[date, tuple[str, str]]]:
    chance = 0.0 if one.name in SPOTLESS else _RATE * LEMONS.get(one.name, 0.8) / 365
    kinds = [(channel, code) for channel, code, _ in _MIX]
    for on in own:
        if random.random() < chance:
            yield on, random.choices(kinds, [weight for *_, weight in _MIX])[0]


def _day(one: Remembered, key: int, on: date, hurt: tuple[str, str] | None) -> dict[str, Any]:
    passed = (on - FIRST) / (LAST - FIRST)
    full = one.design_wh * (one.share + FADING.get(one.name, 0.05) * (1 - passed))
    return day_row(
        key,
        on,
        reports=4,
        failures=0 if hurt is None else 1,
        battery_full_wh=round(full, 1) if one.design_wh else None,
        battery_design_wh=one.design_wh or None,
    )


def _failure(key: int, number: int, on: date, kind: tuple[str, str], zone: str) -> dict[str, Any]:
    return failure_row(key, number, *kind, datetime.combine(on, time(10, 15), ZoneInfo(zone))) | {"epoch_key": 0}
