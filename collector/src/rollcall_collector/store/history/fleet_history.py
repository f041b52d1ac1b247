"""Reads what judging the whole fleet needs, as columns: four questions, whatever the fleet's size."""

from array import array

from sqlalchemy import Connection, case, func, select, text

from rollcall_collector.model.fleet import (
    BIN_DAYS,
    UNKNOWN,
    WINDOW_DAYS,
    DeviceColumns,
    FailureColumns,
    FleetHistory,
    MonthColumns,
    StartColumns,
)
from rollcall_collector.store.history.driver_columns import Codes, columns_of, extend, floats
from rollcall_collector.store.instants import from_day
from rollcall_collector.store.tables import boots, device_days, devices, failures
from rollcall_wire.codes import CHANNELS

CHAIN_DAYS = 14
"""Failures just before the window may be the beginning of an incident within it."""
REAL_USE_SECONDS = 3600
"""A day on which a device was awake for an hour or more tells how fast its battery drains …"""
REAL_USE_PERCENT = 70
"""… when it also went below this level."""
_KNOWN = select(devices.c.device)
"""Facts of a device that is no longer in the roster have no peers to be compared with."""


def read_fleet(
    connection: Connection, *, until_day: int, window_days: int = WINDOW_DAYS, bin_days: int = BIN_DAYS
) -> FleetHistory:
    """The history of every device there ever was in the days before `until_day` (excluded)."""
    columns = read_devices(connection)
    place = {key: number for number, key in enumerate(columns.key)}
    since = until_day - window_days
    return FleetHistory(
        until_day=until_day,
        window_days=window_days,
        bin_days=bin_days,
        devices=columns,
        months=_months(connection, place, since=since, until_day=until_day, bin_days=bin_days),
        failures=read_failures(connection, place, since=since - CHAIN_DAYS, until_day=until_day),
        starts=_starts(connection, place, since=since, until_day=until_day),
    )


def read_devices(connection: Connection) -> DeviceColumns:
    """Every device there ever was, by key."""
    rows = connection.execute(
        select(
            devices.c.device,
            devices.c.platform,
            devices.c.model,
            devices.c.role,
            devices.c.purchased_on,
            devices.c.enrolled_on,
            devices.c.retired_on,
            devices.c.site,
        ).order_by(devices.c.device)
    ).all()
    return DeviceColumns(
        key=array("q", (row.device for row in rows)),
        platform=tuple(row.platform or "" for row in rows),
        model=tuple(row.model or "" for row in rows),
        role=tuple(row.role for row in rows),
        purchase_year=array(
            "q", (UNKNOWN if row.purchased_on is None else from_day(row.purchased_on).year for row in rows)
        ),
        enrolled_on=array("q", (_day(row.enrolled_on) for row in rows)),
        retired_on=array("q", (_day(row.retired_on) for row in rows)),
        site=tuple(str(row.site) for row in rows),
    )


def _months(
    connection: Connection, place: dict[int, int], *, since: int, until_day: int, bin_days: int
) -> MonthColumns:
    days = device_days.c
    is_real_use = (days.awake_seconds >= REAL_USE_SECONDS) & (days.battery_level_percent_min <= REAL_USE_PERCENT)
    drained = (1 - days.battery_level_percent_min / 100.0) * days.battery_full_wh * 3600 / days.awake_seconds
    which = (until_day - 1 - days.on) // bin_days
    query = (
        select(
            days.device,
            which.label("bin"),
            func.count().label("active_days"),
            func.min(days.on).label("first_on"),
            func.max(days.on).label("last_on"),
            func.avg(days.battery_full_wh / func.nullif(days.battery_design_wh, 0)).label("health"),
            func.avg(days.battery_full_wh).label("full_wh"),
            func.avg(case((is_real_use, drained), else_=None)).label("drain_watts"),
            (func.avg(days.awake_seconds) / 3600).label("awake_hours"),
        )
        .where(days.on >= since, days.on < until_day, days.device.in_(_KNOWN))
        .group_by(days.device, text("bin"))  # by its name: PostgreSQL takes the same formula twice for two formulas
        .order_by(days.device, text("bin"))
    )
    whole = [array("q") for _ in range(5)]
    shares = [array("d") for _ in range(4)]
    for device, *numbers in columns_of(connection, query):
        extend(whole, [map(place.__getitem__, device), *numbers[:4]])
        extend(shares, [floats(column) for column in numbers[4:]])
    device, which_bin, active_days, first_on, last_on = whole
    health, full_wh, drain_watts, awake_hours = shares
    return MonthColumns(
        device=device,
        bin=which_bin,
        active_days=active_days,
        first_on=first_on,
        last_on=last_on,
        health=health,
        full_wh=full_wh,
        drain_watts=drain_watts,
        awake_hours=awake_hours,
    )


def read_failures(connection: Connection, place: dict[int, int], *, since: int, until_day: int) -> FailureColumns:
    """The failures of known devices in these days, as they came; `place` finds a device's place by its key."""
    found = failures.c
    codes = {name: number for number, name in enumerate(CHANNELS)}
    query = (
        select(found.device, found.channel, found.occurred_on, found.occurred_us, found.count)
        .where(
            found.occurred_on >= since,
            found.occurred_on < until_day,
            found.channel.in_(CHANNELS),
            found.device.in_(_KNOWN),
        )
        .order_by(found.failure)
    )
    columns = [array("q") for _ in range(5)]
    for device, channel, *numbers in columns_of(connection, query):
        extend(columns, [map(place.__getitem__, device), map(codes.__getitem__, channel), *numbers])
    device, channel, on, at_us, count = columns
    return FailureColumns(device=device, channel=channel, on=on, at_us=at_us, count=count)


def _starts(connection: Connection, place: dict[int, int], *, since: int, until_day: int) -> StartColumns:
    found = boots.c
    query = (
        select(
            found.device,
            found.booted_on,
            case((found.start_kind == "fast", 1), else_=0),
            found.os_version,
            found.to_login_seconds,
        )
        .where(
            found.booted_on >= since,
            found.booted_on < until_day,
            found.start_kind.in_(("full", "fast")),
            found.device.in_(_KNOWN),
        )
        .order_by(found.device, found.booted_on, found.booted_us, found.boot)
    )
    whole = [array(code) for code in "ihbh"]
    seconds = array("f")
    versions = Codes({None: UNKNOWN})
    for device, on, is_fast, version, to_login in columns_of(connection, query):
        extend(whole, [map(place.__getitem__, device), on, is_fast, map(versions.__getitem__, version)])
        seconds.extend(floats(to_login))
    device, on, is_fast, version = whole
    return StartColumns(
        device=device,
        on=on,
        seconds=seconds,
        version=version,
        is_fast=is_fast,
        versions=tuple(name for name in versions if name is not None),
    )


def _day(on: int | None) -> int:
    return UNKNOWN if on is None else on
