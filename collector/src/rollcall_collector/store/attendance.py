"""Calls the roll: who was heard today of those expected, a site; which bridges are not there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import presence, publishers, sites


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """How many devices of a site (None: of no site) were heard today, and how many lately; `devices` are in use."""

    site: str | None
    devices: int
    heard_today: int
    heard_lately: int
    last_heard_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LostBridge:
    """A bridge, which speaks for many devices, that is not connected."""

    name: str
    state: str
    last_heard_at: datetime | None


def call_roll(
    connection: Connection, scope: Scope, midnights: Mapping[int, datetime], *, lately: datetime
) -> dict[int, Attendance]:
    """The attendance of each of these sites in scope, since its day began and since the span called lately."""
    here = presence.c
    began: dict[datetime, list[int]] = defaultdict(list)
    for site, midnight in midnights.items():
        began[midnight].append(site)
    counted: dict[int, tuple[int, int, int, int | None]] = {}
    for midnight, keys in began.items():
        query = select(
            here.site,
            func.count(),
            func.count().filter(here.heard_us >= to_us(midnight)),
            func.count().filter(here.heard_us >= to_us(lately)),
            func.max(here.heard_us),
        ).where(here.is_retired.is_(False))
        # One question, as a rule: schools of one zone. To look each device's up among all would be a seventh of it.
        query = within(query, scope, here.site) if len(began) == 1 else query.where(here.site.in_(keys))
        for site, *counts in connection.execute(query.group_by(here.site)):
            counted[site] = tuple(counts)
    known = within(select(sites.c.site, sites.c.name).where(sites.c.site.in_(midnights)), scope, sites.c.site)
    found: dict[int, Attendance] = {}
    for site, name in connection.execute(known):
        count, today, recent, last = counted.get(site, (0, 0, 0, None))
        found[site] = Attendance(
            site=name,
            devices=count,
            heard_today=today,
            heard_lately=recent,
            last_heard_at=None if last is None else from_us(last),
        )
    return found


def list_lost_bridges(connection: Connection, scope: Scope, *, silent_since: datetime) -> Sequence[LostBridge]:
    """Bridges that are not revoked, not connected, and were not heard since then.

    A bridge speaks for devices of many sites and belongs to none: who does not see all sites is told of none.
    """
    if not scope.is_all:
        return ()
    rows = connection.execute(
        select(publishers.c.name, publishers.c.state, publishers.c.last_heard_us)
        .where(
            publishers.c.device.is_(None),
            publishers.c.revoked_us.is_(None),
            func.coalesce(publishers.c.state, "never") != "ready",
            func.coalesce(publishers.c.last_heard_us, 0) < to_us(silent_since),
        )
        .order_by(publishers.c.name)
    )
    return [
        LostBridge(
            name=row.name,
            state=row.state or "never",
            last_heard_at=None if row.last_heard_us is None else from_us(row.last_heard_us),
        )
        for row in rows
    ]
