"""Finds the devices that may be meant by a serial number or a hardware key, and keeps what bridges bring of them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from rollcall_collector.store.kept_settings import mark_tellers
from rollcall_collector.store.tables import device_publishers, devices, hardware_keys, publishers

_AT_ONCE = 500
"""So many values stand in one question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentifiedDevice:
    """A device with all that it can be recognised by. Only the roster knows one that has no hardware key."""

    device: int
    device_id: str
    serial_number: str | None
    hardware_keys: frozenset[str]
    told_keys: frozenset[str]
    """Those of the keys that came from who asks now: from the device's own agent, or from this very bridge."""
    agent: int | None
    """The publisher that is its own agent."""
    tellers: frozenset[int]
    """The publishers that tell of it, where that is not its own agent alone."""
    is_retired: bool
    is_revoked: bool
    row: Mapping[str, Any]
    """Its row in the table of devices."""

    @property
    def site(self) -> int | None:
        """The site it belongs to."""
        found = self.row["site"]
        return None if found is None else int(found)

    @property
    def manufacturer(self) -> str | None:
        """Who made it, as far as anybody said."""
        found = self.row["manufacturer"]
        return None if found is None else str(found)


def find_devices(
    connection: Connection, *, keys: Collection[str], serial_numbers: Collection[str], bridge: int | None = None
) -> list[IdentifiedDevice]:
    """Every device with one of these hardware keys or, whatever their case, serial numbers; oldest first.

    `bridge` is the publisher that asks, None where it is a device's own agent.
    """
    lowered = {one.lower() for one in serial_numbers}
    found = {
        *_among(connection, devices.c.device, devices.c.hardware_id, keys),
        *_among(connection, hardware_keys.c.device, hardware_keys.c.key, keys),
        *_among(connection, devices.c.device, func.lower(devices.c.serial_number), lowered),
    }
    told = _told_keys(connection, found)
    tellers = _tellers(connection, found)
    return [
        _identified(row, told[row["device"]], tellers[row["device"]], bridge)
        for part in _parts(sorted(found))
        for row in connection.execute(_DEVICES.where(devices.c.device.in_(part))).mappings()
    ]


def add_devices(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Keep new devices, all with the same columns. Returns their keys by `device_id`."""
    if not rows:
        return {}
    statement = insert(devices).returning(devices.c.device_id, devices.c.device)
    return {row.device_id: row.device for row in connection.execute(statement, list(rows))}


def change_devices(connection: Connection, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Set these columns of each device; one statement for all devices whose same columns change."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for device, values in changes.items():
        columns = tuple(sorted(values))
        groups[columns].append({"the_device": device} | {f"new_{one}": values[one] for one in columns})
    for columns, rows in groups.items():
        statement = update(devices).where(devices.c.device == bindparam("the_device"))
        connection.execute(statement.values({one: bindparam(f"new_{one}") for one in columns}), rows)


def add_hardware_keys(connection: Connection, bridge: int, told: Sequence[tuple[str, int]]) -> None:
    """Keep by which keys, each with its device, this bridge knows devices; all of them new."""
    if told:
        rows = [{"publisher": bridge, "key": key, "device": device} for key, device in told]
        connection.execute(insert(hardware_keys), rows)


def add_tellers(connection: Connection, told: Sequence[tuple[int, int]]) -> None:
    """Keep of which device which publisher tells from now on; all of them new. Ingest learns of it at once."""
    if told:
        rows = [{"device": device, "publisher": publisher} for device, publisher in told]
        connection.execute(insert(device_publishers), rows)
        mark_tellers(connection)


def _among(connection: Connection, wanted: Any, column: ColumnElement[Any], values: Collection[str]) -> Iterator[int]:
    for part in _parts(values):
        yield from connection.execute(select(wanted).where(column.in_(part))).scalars()


def _told_keys(connection: Connection, found: Collection[int]) -> Mapping[int, list[tuple[int, str]]]:
    told: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for part in _parts(sorted(found)):
        for row in connection.execute(select(hardware_keys).where(hardware_keys.c.device.in_(part))):
            told[row.device].append((row.publisher, row.key))
    return told


def _tellers(connection: Connection, found: Collection[int]) -> Mapping[int, list[int]]:
    tellers: dict[int, list[int]] = defaultdict(list)
    telling = device_publishers.c.device, device_publishers.c.publisher
    for part in _parts(sorted(found)):
        for row in connection.execute(select(*telling).where(device_publishers.c.device.in_(part))):
            tellers[row.device].append(row.publisher)
    return tellers


def _identified(row: Any, told: list[tuple[int, str]], tellers: list[int], bridge: int | None) -> IdentifiedDevice:
    own = {row["hardware_id"]} - {None}
    by_bridge = {key for publisher, key in told if publisher == bridge}
    return IdentifiedDevice(
        device=row["device"],
        device_id=row["device_id"],
        serial_number=row["serial_number"],
        hardware_keys=frozenset(own | {key for _, key in told}),
        told_keys=frozenset(own if bridge is None else by_bridge),
        agent=row["publisher"],
        tellers=frozenset(tellers),
        is_retired=row["retired_on"] is not None,
        is_revoked=row["revoked_us"] is not None,
        row=row,
    )


def _parts(values: Collection[Any]) -> Iterator[list[Any]]:
    left = iter(values)
    while part := list(islice(left, _AT_ONCE)):
        yield part


_DEVICES = (
    select(devices, publishers.c.publisher, publishers.c.revoked_us)
    .outerjoin(publishers, publishers.c.device == devices.c.device)
    .order_by(devices.c.device)
)
