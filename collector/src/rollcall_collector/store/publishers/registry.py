"""Knows who may speak: every publisher and device, kept in memory for the ingest thread and looked at anew often.

A revoked publisher is known as such at the next `refresh`; one that enrolled a moment ago is looked up when it is
first heard, so that it is never refused for being new.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.model.school import SchoolSettings
from rollcall_collector.store.entered_settings.kept_school import SCHOOL, read_school
from rollcall_collector.store.tables import devices, kept_settings, publishers, sites
from rollcall_wire import SchoolHours

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
    """Everybody known, by name. Used from one thread. `school` is what the settings file says of it."""

    def __init__(self, engine: Engine, *, school: SchoolSettings | None = None) -> None:
        self._engine = engine
        self._file = school or SchoolSettings()
        self._school: SchoolHours | None = None
        self._mark: tuple[Any, ...] | None = None
        self._devices: dict[str, DeviceEntry] = {}
        self._publishers: dict[str, KnownPublisher] = {}
        self._absent: set[tuple[str, str]] = set()
        self._hours_of: dict[tuple[Any, ...], SchoolHours] = {}

    def refresh(self, *, is_forced: bool = False) -> bool:
        """Look whether anybody came, left or moved, and read everybody anew if so; true if read anew."""
        self._absent.clear()
        with self._engine.connect() as connection:
            mark = (*connection.execute(_MARK).one(), *map(tuple, connection.execute(_DAYS)))
            if mark == self._mark and not is_forced:
                return False
            # Without a zone that somebody said there are no hours: this machine's own is not asked for.
            self._school = read_school(connection, self._file, usual_zone="UTC").hours
            rows = connection.execute(_DEVICES).all()
            self._devices = {row.device_id: self._device(row) for row in rows}
            by_key = {one.key: one for one in self._devices.values()}
            named = (self._publisher(row, by_key.get(row.device)) for row in connection.execute(_PUBLISHERS))
            self._publishers = {one.name: one for one in named}
        self._mark = mark
        return True

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


def _sum(expression: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(sa.cast(expression, sa.Float)), 0.0)


# Sums that change when a row comes, goes, moves to another site, is revoked or retired: 25,000 rows in milliseconds.
_MARK = sa.select(
    sa.select(sa.func.count(publishers.c.publisher)).scalar_subquery(),
    sa.select(_sum(publishers.c.publisher * (1 + sa.func.coalesce(publishers.c.device, 0)))).scalar_subquery(),
    sa.select(_sum(publishers.c.publisher * publishers.c.site)).scalar_subquery(),
    sa.select(sa.func.count(publishers.c.revoked_us)).scalar_subquery(),
    sa.select(_sum(sa.case((publishers.c.revoked_us.is_not(None), publishers.c.publisher)))).scalar_subquery(),
    sa.select(sa.func.count(devices.c.device)).scalar_subquery(),
    sa.select(_sum(devices.c.device * (1 + sa.func.coalesce(devices.c.site, 0)))).scalar_subquery(),
    sa.select(_sum(sa.case((devices.c.retired_on.is_not(None), devices.c.device)))).scalar_subquery(),
    sa.select(_sum(devices.c.device * sa.func.length(sa.func.coalesce(devices.c.platform, "")))).scalar_subquery(),
    sa.select(sa.func.max(kept_settings.c.value)).where(kept_settings.c.name == SCHOOL).scalar_subquery(),
)
_DAYS = sa.select(sites.c.site, sites.c.name, *_HOURS).order_by(sites.c.site)
"""Every site's name and day, word for word: sites are few, and two of them may exchange theirs."""
