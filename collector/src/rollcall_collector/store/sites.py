"""Keeps the schools: their zone, their hours, their lessons, their holidays."""

from collections import defaultdict
from dataclasses import asdict, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, delete, func, insert, select, update

from rollcall_collector.errors import StoreError, UnknownNameError
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Lesson, NewSite, Site
from rollcall_collector.store.instants import from_day, to_day
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import devices, holidays, lessons, sites


def list_sites(connection: Connection, scope: Scope) -> tuple[Site, ...]:
    """Every site in scope by name, with its lessons and its holidays; its devices are not counted."""
    free: dict[int, set[date]] = defaultdict(set)
    for site, on in connection.execute(select(holidays.c.site, holidays.c.on)).all():
        free[site].add(from_day(on))
    taught: dict[int, list[Lesson]] = defaultdict(list)
    for row in connection.execute(select(lessons).order_by(lessons.c.starts_minute)):
        lesson = Lesson(label=row.label, starts_minute=row.starts_minute, ends_minute=row.ends_minute)
        taught[row.site].append(lesson)
    query = select(sites).order_by(sites.c.name)
    query = within(query, scope, sites.c.site)
    return tuple(
        Site(
            site=row.site,
            name=row.name,
            zone=row.zone,
            days=tuple(int(day) for day in row.days),
            opens_minute=row.opens_minute,
            closes_minute=row.closes_minute,
            holidays=frozenset(free[row.site]),
            lessons=tuple(taught[row.site]),
        )
        for row in connection.execute(query)
    )


def site_keys(connection: Connection, scope: Scope) -> dict[str, int]:
    """The key of every site in scope by its name, in the order of names."""
    query = select(sites.c.name, sites.c.site).order_by(sites.c.name)
    return {row[0]: row[1] for row in connection.execute(within(query, scope, sites.c.site))}


def count_sites(connection: Connection, scope: Scope) -> tuple[Site, ...]:
    """The same, each with how many devices in use it has."""
    counted = select(devices.c.site, func.count()).where(devices.c.retired_on.is_(None)).group_by(devices.c.site)
    found = {row[0]: row[1] for row in connection.execute(within(counted, scope, devices.c.site))}
    return tuple(replace(site, devices=found.get(site.site, 0)) for site in list_sites(connection, scope))


def find_site(connection: Connection, scope: Scope, name: str) -> Site:
    """The site of this name. Raises UnknownNameError naming those in scope."""
    found = list_sites(connection, scope)
    for site in found:
        if site.name == name:
            return site
    known = ", ".join(site.name for site in found) or "none yet"
    raise UnknownNameError(f"unknown site '{name}': sites are {known}")


def ensure_site(
    connection: Connection,
    name: str,
    zone: str,
    *,
    opens_minute: int = 420,
    closes_minute: int = 1020,
    days: str = "12345",
) -> tuple[int, bool]:
    """The key of the site of this name, made in this zone with these hours if it is new; and whether it is new."""
    found = connection.execute(select(sites.c.site).where(sites.c.name == name)).scalar()
    if found is not None:
        return int(found), False
    check_zone(zone)
    values = {"name": name, "zone": zone, "opens_minute": opens_minute, "closes_minute": closes_minute, "days": days}
    made = connection.execute(insert(sites).values(values).returning(sites.c.site)).scalar_one()
    return int(made), True


def make_site(connection: Connection, name: str, new_site: NewSite) -> tuple[int, bool]:
    """The key of the site of this name, made as new sites are if it is new; and whether it is new."""
    made, is_new = ensure_site(
        connection,
        name,
        new_site.zone,
        opens_minute=new_site.opens_minute,
        closes_minute=new_site.closes_minute,
        days=new_site.days,
    )
    if is_new:
        for on, called in new_site.holidays:
            add_holidays(connection, made, (on,), called)
    return made, is_new


def set_site(connection: Connection, scope: Scope, name: str, **changes: Any) -> None:
    """Change a site's zone, days ('12345'), opens_minute or closes_minute. Raises UnknownNameError."""
    if "zone" in changes:
        check_zone(changes["zone"])
    change = within(update(sites), scope, sites.c.site).where(sites.c.name == name)
    if connection.execute(change.values(**changes)).rowcount != 1:
        find_site(connection, scope, name)


def set_lessons(connection: Connection, scope: Scope, name: str, wanted: tuple[Lesson, ...]) -> None:
    """Say when lessons are, in place of what was said before. Raises UnknownNameError."""
    site = find_site(connection, scope, name).site
    connection.execute(delete(lessons).where(lessons.c.site == site))
    if wanted:
        connection.execute(insert(lessons), [{"site": site, **asdict(one)} for one in wanted])


def add_holidays(connection: Connection, site: int, days: tuple[date, ...], name: str) -> int:
    """Add these days as holidays; those that are already keep their name. Returns how many are new."""
    known = set(connection.execute(select(holidays.c.on).where(holidays.c.site == site)).scalars())
    new = [to_day(day) for day in days if to_day(day) not in known]
    if new:
        connection.execute(insert(holidays), [{"site": site, "on": on, "name": name} for on in new])
    return len(new)


def remove_holidays(connection: Connection, site: int, days: tuple[date, ...]) -> int:
    """Make these days school days again. Returns how many were holidays."""
    chosen = holidays.c.on.in_([to_day(day) for day in days])
    return connection.execute(delete(holidays).where(holidays.c.site == site, chosen)).rowcount


def list_holidays(connection: Connection, scope: Scope, site: int) -> tuple[tuple[date, str], ...]:
    """A site's holidays with their names, oldest first."""
    query = select(holidays.c.on, holidays.c.name).where(holidays.c.site == site).order_by(holidays.c.on)
    rows = connection.execute(within(query, scope, holidays.c.site))
    return tuple((from_day(row.on), row.name) for row in rows)


def check_zone(zone: str) -> None:
    """Raises StoreError where the zone is none that this machine knows."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise StoreError(f"unknown zone '{zone}': write it like Europe/Berlin") from error
