"""Reads the fleet's whole record, day by day, for judging it as of a past day."""

from array import array

from sqlalchemy import Connection, func, select

from rollcall_collector.model.fleet import UNKNOWN
from rollcall_collector.model.record import FleetRecord
from rollcall_collector.store.history.fleet_history import read_fleet
from rollcall_collector.store.tables import device_days, devices

_PART = 20_000


def first_active_day(connection: Connection) -> int | None:
    """The first day on which any device was heard, in days since 1970-01-01; None while none was."""
    found = connection.execute(select(func.min(device_days.c.on))).scalar()
    return None if found is None else int(found)


def read_record(connection: Connection, *, since_day: int, until_day: int) -> FleetRecord:
    """Every device there ever was, and what is kept of the days from `since_day` up to `until_day` (excluded)."""
    window = until_day - since_day
    history = read_fleet(connection, until_day=until_day, window_days=window, bin_days=window)
    place = {key: number for number, key in enumerate(history.devices.key)}
    active_device, active_on = array("q"), array("q")
    days = device_days.c
    query = (
        select(days.device, days.on)
        .where(days.on >= since_day, days.on < until_day)
        .order_by(days.device, days.on)
        .execution_options(stream_results=True)
    )
    with connection.execute(query) as result:
        for part in result.partitions(_PART):
            known = [(place[device], on) for device, on in part if device in place]
            active_device.extend(device for device, _ in known)
            active_on.extend(on for _, on in known)
    bought = {
        row.device: row.purchased_on for row in connection.execute(select(devices.c.device, devices.c.purchased_on))
    }
    return FleetRecord(
        history=history,
        bought_on=array("q", (_day(bought.get(key)) for key in history.devices.key)),
        active_device=active_device,
        active_on=active_on,
    )


def _day(on: int | None) -> int:
    return UNKNOWN if on is None else on
