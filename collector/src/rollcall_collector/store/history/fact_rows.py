"""Reads days and starts as columns: those of a band, the newer ones of everybody, or certain ones."""

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from rollcall_collector.store.history.driver_columns import Codes, columns_of, extend, floats
from rollcall_collector.store.history.kept_columns import BAND
from rollcall_collector.store.tables import boots, device_days, devices

UNKNOWN_VERSION = -1
READINGS = (
    "awake_seconds",
    "battery_level_percent_min",
    "battery_full_wh",
    "battery_design_wh",
    "media_errors",
    "reallocated_sectors",
    "pending_sectors",
    "storage_wear_percent",
)
"""What a night looks at of each day."""
_PART = 500
_KINDS = ("full", "fast")


@dataclass(frozen=True, kw_only=True, slots=True)
class DayRows:
    """One entry an active day: device key, day, and one column a reading of `READINGS` (NaN: not known)."""

    device: "array[int]"
    on: "array[int]"
    readings: tuple["array[float]", ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StartRows:
    """One entry a full or fast start: device key, its own key, day, instant, version (a place in `versions`; -1)."""

    device: "array[int]"
    boot: "array[int]"
    on: "array[int]"
    at_us: "array[int]"
    is_fast: "array[int]"
    version: "array[int]"
    seconds: "array[float]"
    versions: tuple[str, ...]


def days_of_band(connection: Connection, band: int, *, since: int, until: int) -> DayRows:
    """The days of a band's devices from one day up to another (excluded)."""
    days = device_days.c
    is_mine = (days.device >= band * BAND) & (days.device < (band + 1) * BAND)
    return _days(connection, [_DAYS.where(is_mine, days.on >= since, days.on < until)])


def days_since(connection: Connection, on: int, *, until: int) -> DayRows:
    """Everybody's days from this one up to another (excluded), found device by device: no index leads to a day."""
    days = device_days.c
    joined = devices.join(device_days, days.device == devices.c.device)
    query = select(days.device, days.on, *(days[name] for name in READINGS)).select_from(joined)
    return _days(connection, [query.where(days.on >= on, days.on < until)])


def days_at(connection: Connection, places: Collection[tuple[int, int]]) -> DayRows:
    """Certain days of certain devices, and perhaps others of theirs."""
    by_day: dict[int, list[int]] = {}
    for device, on in sorted(places):
        by_day.setdefault(on, []).append(device)
    days = device_days.c
    return _days(
        connection,
        [
            _DAYS.where(days.device.in_(chosen[start : start + _PART]), days.on == on)
            for on, chosen in by_day.items()
            for start in range(0, len(chosen), _PART)
        ],
    )


def newest_boot(connection: Connection) -> int:
    """The highest key of a start; 0 without any."""
    return connection.execute(select(func.max(boots.c.boot))).scalar() or 0


def starts_of_band(connection: Connection, band: int, *, since: int, last_boot: int) -> StartRows:
    """The starts of a band's devices from a day on, with keys up to `last_boot`."""
    found = boots.c
    is_mine = (found.device >= band * BAND) & (found.device < (band + 1) * BAND)
    return _starts(connection, [_STARTS.where(is_mine, found.booted_on >= since, found.boot <= last_boot)])


def starts_after(connection: Connection, boot: int, *, last_boot: int) -> StartRows:
    """Everybody's starts with keys over `boot`, up to `last_boot`."""
    return _starts(connection, [_STARTS.where(boots.c.boot > boot, boots.c.boot <= last_boot)])


def starts_at(connection: Connection, keys: Collection[int]) -> StartRows:
    """The starts of these keys that are there."""
    chosen = sorted(keys)
    parts = (chosen[start : start + _PART] for start in range(0, len(chosen), _PART))
    return _starts(connection, [_STARTS.where(boots.c.boot.in_(part)) for part in parts])


_DAYS = select(device_days.c.device, device_days.c.on, *(device_days.c[name] for name in READINGS))
_STARTS = select(
    boots.c.device,
    boots.c.boot,
    boots.c.booted_on,
    boots.c.booted_us,
    case((boots.c.start_kind == "fast", 1), else_=0),
    boots.c.os_version,
    boots.c.to_login_seconds,
).where(boots.c.start_kind.in_(_KINDS))


def _days(connection: Connection, queries: Sequence[Select[Any]]) -> DayRows:
    device, on = array("q"), array("i")
    readings = tuple(array("d") for _ in READINGS)
    for query in queries:
        for one, day, *values in columns_of(connection, query):
            extend((device, on), (one, day))
            extend(readings, [floats(column) for column in values])
    return DayRows(device=device, on=on, readings=readings)


def _starts(connection: Connection, queries: Sequence[Select[Any]]) -> StartRows:
    whole = [array("q") for _ in range(6)]
    seconds, versions = array("d"), Codes({None: UNKNOWN_VERSION})
    for query in queries:
        for *numbers, version, to_login in columns_of(connection, query):
            extend(whole, [*numbers, map(versions.__getitem__, version)])
            seconds.extend(floats(to_login))
    device, boot, on, at_us, is_fast, version = whole
    return StartRows(
        device=device,
        boot=boot,
        on=on,
        at_us=at_us,
        is_fast=is_fast,
        version=version,
        seconds=seconds,
        versions=tuple(name for name in versions if name is not None),
    )
