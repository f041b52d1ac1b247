"""Reads how many devices were active, how many of them were hurt and what they reported: a day, a site and a model.

The database keeps these counts itself, by triggers on `device_days` and `devices` (the migration `what_pages_read`):
whoever writes or moves a day changes its count in the same transaction. A day counts where its device is now.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union_all,
)

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_day, to_day
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import day_counts, device_days, devices, sites

_SUMS = tuple(func.sum(day_counts.c[name]).label(name) for name in ("active", "hurt", "reports"))
_JOIN = text(
    "WITH gone AS (DELETE FROM day_counts WHERE ctid IN (SELECT ctid FROM day_counts"
    ' WHERE "on" < :before AND writer <> 0 FOR UPDATE SKIP LOCKED) RETURNING *)'
    ' INSERT INTO day_counts ("on", site, model, writer, active, hurt, reports)'
    ' SELECT "on", site, model, 0, sum(active), sum(hurt), sum(reports) FROM gone GROUP BY "on", site, model'
    ' ON CONFLICT ("on", site, model, writer) DO UPDATE SET active = day_counts.active + excluded.active,'
    " hurt = day_counts.hurt + excluded.hurt, reports = day_counts.reports + excluded.reports"
)
Counted: TypeAlias = dict[tuple[int, int, str], tuple[int, int, int]]
"""By day, site (0: none) and model (empty: none): active, hurt, reports."""


class DayCount(NamedTuple):  # thousands are read for a page
    """One day of one site's devices of one model: how many were active, how many of them failed or crashed."""

    site: str | None
    model: str | None
    on: date
    active: int
    hurt: int


def count_days(connection: Connection, scope: Scope, *, since: date, until: date) -> tuple[DayCount, ...]:
    """Active and hurt devices by site, model and day, both ends included; retired devices count while they were on."""
    query = (
        select(sites.c.name, day_counts.c.model, day_counts.c.on, *_SUMS[:2])
        .select_from(day_counts.outerjoin(sites, sites.c.site == day_counts.c.site))
        .where(_between(since, until))
        .group_by(sites.c.name, day_counts.c.model, day_counts.c.on)
        .having(func.sum(day_counts.c.active) > 0)
    )
    rows = connection.execute(within(query, scope, day_counts.c.site)).all()
    days = {on: from_day(on) for on in {row[2] for row in rows}}
    return tuple(
        DayCount(site=site, model=model or None, on=days[on], active=int(active), hurt=int(hurt))
        for site, model, on, active, hurt in rows
    )


def count_reports(connection: Connection, scope: Scope, *, since: date, until: date) -> Mapping[date, int]:
    """How many reports tell of each day, both ends included; a day without any is left out."""
    query = select(day_counts.c.on, func.sum(day_counts.c.reports)).where(_between(since, until))
    rows = connection.execute(within(query.group_by(day_counts.c.on), scope, day_counts.c.site))
    return {from_day(on): int(reports) for on, reports in rows if reports}


def kept_counts(connection: Connection) -> Counted:
    """Every count as it is kept, but those of nothing."""
    return _counted(connection, _kept())


def counts_anew(connection: Connection) -> Counted:
    """Every count as the facts have it."""
    return _counted(connection, _anew())


def wrong_counts(connection: Connection) -> Counted:
    """Where what is kept is not what the facts have, by how much it is more: asked at once, so of one instant."""
    kept, anew = _kept(), _anew()
    key, sums = anew.selected_columns[:3], anew.selected_columns[3:]
    both = union_all(kept, anew.with_only_columns(*key, *(-one for one in sums))).subquery()
    on, site, model, *more = both.c
    return _counted(connection, select(on, site, model, *(func.sum(one) for one in more)).group_by(on, site, model))


def count_anew(connection: Connection) -> None:
    """Put in the place of every count what the facts have; nobody may write days or move devices meanwhile."""
    connection.execute(delete(day_counts))
    names = ("on", "site", "model", "active", "hurt", "reports", "writer")
    connection.execute(insert(day_counts).from_select(names, _anew().add_columns(literal(0))))


def join_writers(connection: Connection, before: date) -> None:
    """Make one row of those that several connections to PostgreSQL wrote of a day before this one.

    A row that somebody is just writing is left for the next time.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_JOIN, {"before": to_day(before)})


def _between(since: date, until: date) -> ColumnElement[bool]:
    return day_counts.c.on.between(to_day(since), to_day(until))


def _kept() -> Select[Any]:
    query = select(day_counts.c.on, day_counts.c.site, day_counts.c.model, *_SUMS)
    return query.group_by(day_counts.c.on, day_counts.c.site, day_counts.c.model)


def _anew() -> Select[Any]:
    days = device_days.c
    site, model = func.coalesce(devices.c.site, 0), func.coalesce(devices.c.model, "")
    hurt = case((or_(days.failures > 0, days.unclean_stops > 0), 1), else_=0)
    query = select(
        days.on,
        site.label("site"),
        model.label("model"),
        func.count().label("active"),
        func.sum(hurt).label("hurt"),
        func.sum(days.reports).label("reports"),
    )
    return query.join(devices, devices.c.device == days.device).group_by(days.on, site, model)


def _counted(connection: Connection, query: Select[Any]) -> Counted:
    rows = connection.execute(query)
    return {
        (on, site, model): (int(active), int(hurt), int(reports))
        for on, site, model, active, hurt, reports in rows
        if active or hurt or reports
    }
