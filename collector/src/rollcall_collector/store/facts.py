"""Reads what was kept of devices: their starts, failures and active days, and the bar of their last school days."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from statistics import median
from typing import Any

from sqlalchemy import Connection, case, func, select

from rollcall_collector.model.fact import Boot, CellKind, DayCell, DeviceDay, Failure
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.instants import from_day, from_us, to_day
from rollcall_collector.store.judged.start_times import Slowed, slowed
from rollcall_collector.store.scoping import of_devices, within
from rollcall_collector.store.tables import boots, device_days, device_states, devices, failures

BAR_DAYS = 30
SLOW_RATIO = 2.0
SLOW_SECONDS = 15.0
SLOWED_RATIO = 1.35
"""Over what was usual, as the judge asks of a device that became slow."""
_BAR = (
    device_days.c.device,
    device_days.c.on,
    device_days.c.boots,
    device_days.c.unclean_stops,
    device_days.c.failures,
    device_days.c.to_login_seconds_max,
)


def list_boots(connection: Connection, scope: Scope, device: int, *, at_most: int = 500) -> tuple[Boot, ...]:
    """A device's newest starts, newest first."""
    query = of_devices(select(boots), scope, boots.c.device).where(boots.c.device == device)
    query = query.order_by(boots.c.booted_us.desc()).limit(at_most)
    return tuple(
        Boot(
            boot_id=row.boot_id,
            booted_at=from_us(row.booted_us),
            booted_on=from_day(row.booted_on),
            is_day_only=row.is_day_only,
            source=row.source,
            start_kind=row.start_kind,
            firmware_seconds=row.firmware_seconds,
            loader_seconds=row.loader_seconds,
            kernel_seconds=row.kernel_seconds,
            userspace_seconds=row.userspace_seconds,
            to_login_seconds=row.to_login_seconds,
            os_version=row.os_version,
            previous_stop=row.previous_stop,
            stop_cause=row.stop_cause,
            stop_code=row.stop_code,
        )
        for row in connection.execute(query)
    )


def list_failures(connection: Connection, scope: Scope, device: int, *, at_most: int = 500) -> tuple[Failure, ...]:
    """A device's newest failures, newest first."""
    query = of_devices(select(failures), scope, failures.c.device).where(failures.c.device == device)
    return tuple(
        read_failure(row) for row in connection.execute(query.order_by(failures.c.occurred_us.desc()).limit(at_most))
    )


def failures_by_channel(connection: Connection, device: int, *, since_day: int) -> dict[str, list[tuple[int, int]]]:
    """A device's failures from a day on, by channel: the school's day and the instant in microseconds."""
    query = select(failures.c.channel, failures.c.occurred_on, failures.c.occurred_us).where(
        failures.c.device == device, failures.c.occurred_on >= since_day
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.channel, []).append((row.occurred_on, row.occurred_us))
    return found


def list_days(connection: Connection, scope: Scope, device: int, *, since: date, until: date) -> tuple[DeviceDay, ...]:
    """A device's active days in this span, both ends included, oldest first."""
    query = (
        of_devices(select(device_days), scope, device_days.c.device)
        .where(device_days.c.device == device, device_days.c.on.between(to_day(since), to_day(until)))
        .order_by(device_days.c.on)
    )
    return tuple(read_day(row) for row in connection.execute(query))


def last_vitals(
    connection: Connection, scope: Scope, device: int
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What a device sent last, as the wire had it: its inventory and its vitals; None where it sent none."""
    query = select(device_states.c.inventory, device_states.c.vitals).where(device_states.c.device == device)
    row = connection.execute(of_devices(query, scope, device_states.c.device)).first()
    if row is None:
        return None, None
    return json.loads(row.inventory or "null"), json.loads(row.vitals or "null")


def cells(
    connection: Connection,
    scope: Scope,
    keys: Sequence[int],
    today: date,
    sites: Mapping[str, Site],
    *,
    days: int = BAR_DAYS,
) -> dict[int, tuple[DayCell, ...]]:
    """For each device one cell a day, oldest first, today last: one question for all of them.

    `sites` by name tell weekends and holidays apart from silence; a device without a site has school on weekdays.
    A day is slow when its slowest start took twice the device's own median of these days, and 15 s more; or a third
    more than was usual, in starts of the kind of which a flag says that it became slow. Before a device was enrolled
    or first active it was not yet here: that is no silence.
    """
    first = to_day(today) - days + 1
    query = select(*_BAR).where(device_days.c.device.in_(keys), device_days.c.on.between(first, to_day(today)))
    rows = connection.execute(of_devices(query, scope, device_days.c.device)).all()
    heard: dict[int, dict[int, Any]] = {key: {} for key in keys}
    for row in rows:
        heard[row.device][row.on] = row
    place = {site.site: site for site in sites.values()}
    span = [(on, from_day(on)) for on in range(first, first + days)]
    known, became = _known(connection, scope, keys), slowed(connection, scope, keys)
    took = _starts_of_kind(connection, scope, became, first)
    return {
        key: _bar(
            span,
            of_device,
            None if key not in known else place.get(known[key].site),
            here_from=None if key not in known else known[key].here_from,
            slow_on=_slow_days(of_device, became.get(key), took.get(key, {})),
        )
        for key, of_device in heard.items()
    }


def read_failure(row: Any) -> Failure:
    """A row of the failures as a fact."""
    return Failure(
        channel=row.channel,
        code=row.code,
        occurred_at=from_us(row.occurred_us),
        occurred_on=from_day(row.occurred_on),
        is_day_only=row.is_day_only,
        count=row.count,
        boot_id=row.boot_id,
        evidence=json.loads(row.evidence),
    )


def read_day(row: Any) -> DeviceDay:
    """A row of the device's days as a fact."""
    named = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping begins so
    del named["device"]
    return DeviceDay(**named | {"on": from_day(row.on)})


def _known(connection: Connection, scope: Scope, keys: Sequence[int]) -> dict[int, Any]:
    """Each device's `site` and the day from which it is known, `here_from`: enrolled, or first active.

    A device that is only listed has no such day.
    """
    first = select(func.min(device_days.c.on)).where(device_days.c.device == devices.c.device).scalar_subquery()
    is_before = devices.c.enrolled_on <= func.coalesce(first, devices.c.enrolled_on)
    here_from = case((is_before, devices.c.enrolled_on), else_=first).label("here_from")
    query = select(devices.c.device, devices.c.site, here_from).where(devices.c.device.in_(keys))
    return {row.device: row for row in connection.execute(within(query, scope, devices.c.site))}


def _starts_of_kind(
    connection: Connection, scope: Scope, became: Mapping[int, Slowed], first: int
) -> dict[int, dict[int, float]]:
    """Of each device that became slow in one kind of start the longest of that kind, by day from `first` on."""
    query = select(boots.c.device, boots.c.start_kind, boots.c.booted_on, boots.c.to_login_seconds).where(
        boots.c.device.in_(tuple(became)), boots.c.booted_on >= first, boots.c.to_login_seconds.is_not(None)
    )
    found: dict[int, dict[int, float]] = {key: {} for key in became}
    for row in connection.execute(of_devices(query, scope, boots.c.device)) if became else ():
        if became[row.device].kind == row.start_kind:
            before = found[row.device].get(row.booted_on, 0.0)
            found[row.device][row.booted_on] = max(before, row.to_login_seconds)
    return found


def _bar(
    span: Sequence[tuple[int, date]],
    heard: Mapping[int, Any],
    site: Site | None,
    *,
    here_from: int | None,
    slow_on: Collection[int],
) -> tuple[DayCell, ...]:
    return tuple(
        [
            DayCell(on=on, kind="not_yet_here")
            if here_from is None or day < here_from
            else _cell(on, heard.get(day), site, is_slow=day in slow_on)
            for day, on in span
        ]
    )


def _slow_days(heard: Mapping[int, Any], became: Slowed | None, took: Mapping[int, float]) -> set[int]:
    """Days of a start far over the device's own median; since it became slow, of one over what was usual before."""
    longest = {on: row.to_login_seconds_max for on, row in heard.items() if row.to_login_seconds_max is not None}
    usual = median(longest.values()) if longest else 0.0
    bound = max(SLOW_RATIO * usual, usual + SLOW_SECONDS)
    if became is None or became.since_day is None or became.usual_seconds is None:
        return {on for on, seconds in longest.items() if seconds > bound}
    since, slowed_bound = became.since_day, SLOWED_RATIO * became.usual_seconds
    before = {on for on, seconds in longest.items() if on < since and seconds > bound}
    since_then = longest if became.kind is None else took
    return before | {on for on, seconds in since_then.items() if on >= since and seconds > slowed_bound}


def _cell(on: date, row: Any, site: Site | None, *, is_slow: bool) -> DayCell:
    if row is None:
        has_school = on.isoweekday() <= 5 if site is None else site.is_school_day(on)  # noqa: PLR2004  # Friday
        return DayCell(on=on, kind="silent" if has_school else "no_school")
    slowest = row.to_login_seconds_max
    kind: CellKind = "fine"
    if row.failures or row.unclean_stops:
        kind = "failed"
    elif is_slow:
        kind = "slow"
    return DayCell(on=on, kind=kind, boots=row.boots, failures=row.failures, to_login_seconds_max=slowest)
