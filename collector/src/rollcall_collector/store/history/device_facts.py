"""Reads what judging needs: how long each device was active, and the facts of those that ask for a closer look."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, false, func, or_, select

from rollcall_collector.model.fact import DeviceDay, DeviceFacts, Failure
from rollcall_collector.model.fleet import WINDOW_DAYS
from rollcall_collector.model.reading import Reading
from rollcall_collector.store.facts import read_day, read_failure
from rollcall_collector.store.instants import from_day, from_us, to_day
from rollcall_collector.store.judged.decisions import settled
from rollcall_collector.store.publishers.roots import bridge_roots
from rollcall_collector.store.tables import device_days, devices, failures, sites

LATE_FAILURES = 1000
"""So many numbers before the mark are looked at again where several collectors write."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceInUse:
    """A device in use: its site and zone, its active days in the window, its papers, whether its readings look odd.

    `bridge_heard_at` stands where only bridges tell of it: when one of them was heard last.
    """

    device: int
    device_id: str
    site: int | None
    zone: str
    enrolled_on: date | None
    active_days: int
    first_active_on: date | None
    last_active_on: date | None
    price: float | None
    warranty_until: date | None
    support_until: date | None
    is_odd: bool
    platform: str | None = None
    bridge_heard_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceExposure:
    """How long a device was active in the window, from which day to which, and whether its readings look odd."""

    active_days: int = 0
    first_active_on: date | None = None
    last_active_on: date | None = None
    is_odd: bool = False


def list_exposures(
    connection: Connection,
    today: date,
    *,
    readings: Sequence[Reading],
    readings_since: date,
    keys: Collection[int],
) -> tuple[DeviceInUse, ...]:
    """Those of these keys in use, each with its exposure, read from its days.

    One of whose `readings` of the days since then asks for it is odd.
    """
    rows = connection.execute(_seen(today, readings, readings_since, keys))
    seen = {
        row.seen_device: DeviceExposure(
            active_days=row.active_days,
            first_active_on=from_day(row.first_on),
            last_active_on=from_day(row.last_on),
            is_odd=bool(row.is_odd),
        )
        for row in rows
    }
    return list_in_use(connection, seen, keys=keys)


def list_in_use(
    connection: Connection, seen: Mapping[int, DeviceExposure], *, keys: Collection[int] | None = None
) -> tuple[DeviceInUse, ...]:
    """Every device in use, or those of these keys, by key; one that was not `seen` was never active."""
    bridges = bridge_roots()
    query = (
        select(
            devices.c.device,
            devices.c.device_id,
            devices.c.site,
            devices.c.enrolled_on,
            devices.c.price,
            devices.c.warranty_until,
            devices.c.support_until,
            devices.c.platform,
            bridges.c.heard_us.label("bridge_heard_us"),
            func.coalesce(sites.c.zone, "UTC").label("zone"),
        )
        .outerjoin(sites, sites.c.site == devices.c.site)
        .outerjoin(bridges, bridges.c.device == devices.c.device)
        .where(devices.c.retired_on.is_(None))
        .order_by(devices.c.device)
    )
    if keys is not None:
        query = query.where(devices.c.device.in_(tuple(keys)))
    never = DeviceExposure()
    return tuple(_in_use(row, seen.get(row[0], never)) for row in connection.execute(query))


def list_failed(connection: Connection, *, channels: Collection[str], since: date) -> set[int]:
    """The devices with a failure of these channels since that day."""
    failed = connection.execute(
        select(failures.c.device)
        .where(failures.c.channel.in_(channels), failures.c.occurred_on >= to_day(since))
        .distinct()
    ).scalars()
    return set(failed)


def gather_facts(
    connection: Connection,
    exposures: Iterable[DeviceInUse],
    *,
    channels: Collection[str],
    readings_since: date,
    failures_since: date,
    with_days: Container[int] | None = None,
) -> dict[int, DeviceFacts]:
    """The full facts of these devices, failures of these channels, oldest first: three questions for all of them.

    Where `with_days` is given, only the days of those are read.
    """
    chosen = {one.device: one for one in exposures}
    keys = tuple(chosen)
    failed = _failures(connection, keys, channels, failures_since)
    read = _days(connection, tuple(key for key in keys if with_days is None or key in with_days), readings_since)
    done = settled(connection, keys)
    return {
        key: DeviceFacts(
            active_days=one.active_days,
            last_active_on=one.last_active_on,
            failures=tuple(failed[key]),
            days=tuple(read[key]),
            settled={name: from_day(day) for name, day in done.get(key, {}).items()},
        )
        for key, one in chosen.items()
    }


def newest_failure(connection: Connection) -> int:
    """The highest number of a failure; 0 without any."""
    return connection.execute(select(func.max(failures.c.failure))).scalar() or 0


def newly_failed(connection: Connection, after: int) -> tuple[set[int], int]:
    """Devices with a failure kept since the mark, and the next mark.

    With several writers a lower number may be committed later than a higher one: a thousand are looked at again.
    SQLite has one writer at a time, so its numbers are committed in their order.
    """
    newest = newest_failure(connection)
    if newest <= after:
        return set(), after
    since = after if connection.dialect.name == "sqlite" else after - LATE_FAILURES
    rows = connection.execute(select(failures.c.device).where(failures.c.failure > since).distinct())
    return set(rows.scalars()), newest


def _in_use(row: Any, exposure: DeviceExposure) -> DeviceInUse:
    return DeviceInUse(
        device=row[0],
        device_id=row[1],
        site=row[2],
        zone=row[9],
        enrolled_on=_on(row[3]),
        active_days=exposure.active_days,
        first_active_on=exposure.first_active_on,
        last_active_on=exposure.last_active_on,
        price=row[4],
        warranty_until=_on(row[5]),
        support_until=_on(row[6]),
        is_odd=exposure.is_odd,
        platform=row[7],
        bridge_heard_at=None if row[8] is None else from_us(row[8]),
    )


def _seen(today: date, readings: Sequence[Reading], readings_since: date, keys: Collection[int]) -> Select[Any]:
    days = device_days.c
    is_recent = days.on >= to_day(readings_since)

    odd = or_(false(), *(limit for reading in readings for limit in _limits(reading, is_recent)))
    return (
        select(
            days.device.label("seen_device"),
            func.count().label("active_days"),
            func.min(days.on).label("first_on"),
            func.max(days.on).label("last_on"),
            case((odd, 1), else_=0).label("is_odd"),
        )
        .where(days.on > to_day(today) - WINDOW_DAYS, days.device.in_(tuple(keys)))
        .group_by(days.device)
    )


def _limits(reading: Reading, is_recent: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
    """What makes a device's recent values of this reading odd."""
    value: ColumnElement[Any] = device_days.c[reading.field]
    if reading.over is not None:
        value = value / func.nullif(device_days.c[reading.over], 0)
    recent = case((is_recent, value), else_=None)
    lowest, highest = func.min(recent), func.max(recent)
    if reading.below is not None:
        yield lowest < reading.below
    if reading.at_least is not None:
        yield highest >= reading.at_least
    if reading.has_grown:
        yield highest > lowest


def _on(day: int | None) -> date | None:
    return None if day is None else from_day(day)


def _failures(
    connection: Connection, keys: tuple[int, ...], channels: Collection[str], since: date
) -> dict[int, list[Failure]]:
    query = (
        select(failures)
        .where(failures.c.device.in_(keys), failures.c.channel.in_(channels), failures.c.occurred_on >= to_day(since))
        .order_by(failures.c.occurred_us)
    )
    found: dict[int, list[Failure]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.device].append(read_failure(row))
    return found


def _days(connection: Connection, keys: tuple[int, ...], since: date) -> dict[int, list[DeviceDay]]:
    query = select(device_days).where(device_days.c.device.in_(keys), device_days.c.on >= to_day(since))
    found: dict[int, list[DeviceDay]] = defaultdict(list)
    for row in connection.execute(query.order_by(device_days.c.device, device_days.c.on)):
        found[row.device].append(read_day(row))
    return found
