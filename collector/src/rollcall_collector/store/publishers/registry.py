"""Knows who may speak: every publisher and device, kept in memory for the ingest thread.

The store itself notes whom a write concerns, whoever made it (`registry_changes`): each `refresh` reads those alone,
so that a revoked publisher is known as such at the next. One that enrolled a moment ago is looked up when it is first
heard, so that it is never refused for being new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from rollcall_collector.model.school import SchoolSettings
from rollcall_collector.store.entered_settings.kept_school import read_school
from rollcall_collector.store.parts.share import Share
from rollcall_collector.store.tables import devices, publishers, registry_changes, sites
from rollcall_wire import SchoolHours

READ_AT_ONCE = 500
"""So many are read in one look after the first: acks wait for it."""
_ABSENT_MAX = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceEntry:
    """A device as ingest needs it. Its days are those of `hours.zone`, or of UTC where nobody said hours."""

    key: int
    device_id: str
    platform: str | None
    hours: SchoolHours | None
    site: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownPublisher:
    """A publisher as ingest needs it: `device` is the only one it may speak of, None for a bridge."""

    key: int
    name: str
    device: DeviceEntry | None
    platform: str | None
    hours: SchoolHours | None
    is_revoked: bool


class Registry:
    """Everybody known, by name. Used from one thread. `school` is what the settings file says of it.

    Of publishers only those of the share are kept in memory, and told by `refresh`.
    """

    def __init__(self, engine: Engine, *, school: SchoolSettings | None = None, share: Share | None = None) -> None:
        self._engine = engine
        self._share = share or Share()
        self._file = school or SchoolSettings()
        self._school: SchoolHours | None = None
        self._read_upto: int | None = None
        self._devices: dict[str, DeviceEntry] = {}
        self._publishers: dict[str, KnownPublisher] = {}
        self._absent: set[tuple[str, str]] = set()
        self._hours_of: dict[tuple[Any, ...], SchoolHours] = {}
        self.is_behind = False
        """Whether more has changed than one look reads: look again soon."""

    def refresh(self) -> list[KnownPublisher]:
        """Read who came, left or moved since the last look, everybody at the first. Returns the publishers read."""
        self._absent.clear()
        self.is_behind = False
        with self._engine.connect() as connection:
            newest = connection.execute(_NEWEST).scalar_one()
            if newest == self._read_upto:
                return []
            if self._read_upto is None or newest < self._read_upto:  # an older copy stands in the store's place
                self._devices, self._publishers = {}, {}
                upto, found = newest, self._read(connection, _DEVICES, _PUBLISHERS)
            else:
                changes = connection.execute(_CHANGES, {"upto": self._read_upto}).all()
                upto, found = changes[-1].change, self._read_again(connection, changes)
        self._read_upto, self.is_behind = upto, upto < newest
        return found

    def _read_again(self, connection: Connection, changes: Sequence[Any]) -> list[KnownPublisher]:
        keys = [one.device for one in changes]
        bridges = [one.bridge for one in changes]
        is_either = publishers.c.device.in_(keys) | publishers.c.publisher.in_(bridges)
        return self._read(connection, _DEVICES.where(devices.c.device.in_(keys)), _PUBLISHERS.where(is_either))

    def _read(self, connection: Connection, of: sa.Select[Any], speaking: sa.Select[Any]) -> list[KnownPublisher]:
        # Without a zone that somebody said there are no hours: this machine's own is not asked for.
        self._school = read_school(connection, self._file, usual_zone="UTC").hours
        self._devices |= {row.device_id: self._device(row) for row in connection.execute(of)}
        rows = [row for row in connection.execute(speaking) if self._share.holds(row.name)]
        found = {row.name: self._publisher(row, self._devices.get(row.device_id)) for row in rows}
        self._publishers |= found
        return list(found.values())

    def publishers(self) -> list[KnownPublisher]:
        """Everybody who may speak now."""
        return [one for one in self._publishers.values() if not one.is_revoked]

    def publisher(self, name: str) -> KnownPublisher | None:
        """Who speaks under this name; None where nobody enrolled under it."""
        return self._publishers.get(name) or self._newcomer(name)

    def device(self, device_id: str) -> DeviceEntry | None:
        """The device of this id; None where nobody enrolled it."""
        found = self._devices.get(device_id)
        return self._find_device(device_id) if found is None and self._may_ask("device", device_id) else found

    def _find_device(self, device_id: str) -> DeviceEntry | None:
        with self._engine.connect() as connection:
            row = connection.execute(_DEVICES.where(devices.c.device_id == device_id)).one_or_none()
        if row is not None:
            self._devices[device_id] = self._device(row)
        return self._devices.get(device_id)

    def _newcomer(self, name: str) -> KnownPublisher | None:
        if not self._may_ask("publisher", name):
            return None
        with self._engine.connect() as connection:
            row = connection.execute(_PUBLISHERS.where(publishers.c.name == name)).one_or_none()
        if row is None:
            return None
        device = None if row.device_id is None else self._find_device(row.device_id)
        found = self._publishers[name] = self._publisher(row, device)
        return found

    def _may_ask(self, kind: str, name: str) -> bool:
        # One question a name between refreshes, and no more than so many: a flood of names costs no more than that.
        if (kind, name) in self._absent or len(self._absent) >= _ABSENT_MAX or not name.isprintable():
            return False
        self._absent.add((kind, name))
        return True

    def _device(self, row: Any) -> DeviceEntry:
        return DeviceEntry(
            key=row.device,
            device_id=row.device_id,
            platform=row.platform,
            hours=self._hours(row),
            site=row.site_name,
        )

    def _publisher(self, row: Any, device: DeviceEntry | None) -> KnownPublisher:
        return KnownPublisher(
            key=row.publisher,
            name=row.name,
            device=device,
            platform=row.platform,
            hours=self._hours(row) if device is None else device.hours,
            is_revoked=row.revoked_us is not None or row.retired_on is not None,
        )

    def _hours(self, row: Any) -> SchoolHours | None:
        if row.zone is None:
            return self._school
        key = row.zone, row.days, row.opens_minute, row.closes_minute
        if key not in self._hours_of:  # one object a site: whoever compares them compares identities first
            self._hours_of[key] = SchoolHours(
                zone=row.zone,
                days=tuple(int(day) for day in row.days),
                opens_minute=row.opens_minute,
                closes_minute=row.closes_minute,
            )
        return self._hours_of[key]


_HOURS = sites.c.zone, sites.c.days, sites.c.opens_minute, sites.c.closes_minute
_DEVICES = sa.select(
    devices.c.device,
    devices.c.device_id,
    devices.c.platform,
    sites.c.name.label("site_name"),
    *_HOURS,
).select_from(devices.outerjoin(sites))
_PUBLISHERS = sa.select(
    publishers.c.publisher,
    publishers.c.name,
    publishers.c.device,
    publishers.c.platform,
    publishers.c.revoked_us,
    devices.c.retired_on,
    devices.c.device_id,
    *_HOURS,
).select_from(
    publishers.outerjoin(devices, devices.c.device == publishers.c.device).outerjoin(
        sites, sites.c.site == publishers.c.site
    )
)
_NEWEST = sa.select(sa.func.coalesce(sa.func.max(registry_changes.c.change), 0))
_CHANGES = (
    sa.select(registry_changes)
    .where(registry_changes.c.change > sa.bindparam("upto"))
    .order_by(registry_changes.c.change)
    .limit(READ_AT_ONCE)
)
