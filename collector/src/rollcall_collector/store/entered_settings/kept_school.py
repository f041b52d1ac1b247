"""Keeps what people entered of the school as a whole; sites that had it as the school had it go on having it so."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from rollcall_collector.errors import FileSettingError, StoreError
from rollcall_collector.model.school import FIRST_SITE, School, SchoolSettings, school_of
from rollcall_collector.store.entered_settings.entered import (
    Entered,
    begin_change,
    keep_change,
    last_entered,
    last_two,
    read_values,
)
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.kept_settings import get_setting, put_setting
from rollcall_collector.store.tables import devices, holidays, sites

SCHOOL = "school"
"""Under this name it is kept; whoever keeps the school in memory looks at this for changes."""
_SET_UP = "setup.done"
_FIELDS = {"name": ("name",), "zone": ("zone",), "hours": ("opens", "closes"), "days": ("days",)}
_COLUMNS = ("zone", "opens_minute", "closes_minute", "days")


def read_school(connection: Connection, file: SchoolSettings, *, usual_zone: str) -> School:
    """The school as it holds now: the settings file first, then what people entered."""
    return school_of(file, read_values(connection, SCHOOL), usual_zone=usual_zone)


def last_school_change(connection: Connection) -> Entered | None:
    """Who changed the school last, and when."""
    return last_entered(connection, SCHOOL)


def keep_school(
    connection: Connection,
    entered: Mapping[str, str],
    *,
    file: SchoolSettings,
    usual_zone: str,
    author: str,
    now: datetime,
) -> None:
    """Keep what somebody entered of name, zone, opens, closes and days; what is left out stays as it is.

    Raises FileSettingError for what the settings file says, StoreError for what cannot be.
    """
    for setting in file.said:
        if any(field in entered for field in _FIELDS[setting]):
            raise FileSettingError(f"school.{_FIELDS[setting][0]}")
    known = begin_change(connection, SCHOOL)
    values = {**known, **{name: text.strip() for name, text in entered.items()}}
    try:
        after = school_of(file, values, usual_zone=usual_zone)
    except ValueError as error:
        raise StoreError(str(error)) from error
    before = school_of(file, known, usual_zone=usual_zone)
    moved = _move_sites(connection, before, after)
    keep_change(connection, SCHOOL, Entered(values=values, author=author, entered_at=now, moved=moved))


def keep_holidays(
    connection: Connection, days: tuple[date, ...], called: str | None, *, author: str, now: datetime
) -> int:
    """Make these days holidays of every site, and of those to come; with None in place of a name, school days again.

    Returns how many days changed at some site.
    """
    values = dict(begin_change(connection, SCHOOL))
    own = dict(values.get("holidays", {}))
    changed: list[tuple[int, int, str]] = []
    for on in days:
        if called is None:
            own.pop(on.isoformat(), None)
        else:
            own.setdefault(on.isoformat(), called)
    chosen = [to_day(on) for on in days]
    kept = connection.execute(select(holidays).where(holidays.c.on.in_(chosen))).all()
    if called is None:
        changed = [(row.site, row.on, row.name) for row in kept]
    else:
        known = {(row.site, row.on) for row in kept}
        every = connection.execute(select(sites.c.site)).scalars().all()
        changed = [(site, on, called) for site in every for on in chosen if (site, on) not in known]
    moved = {"freed" if called is None else "added": changed}
    _move_holidays(connection, moved)
    change = Entered(values={**values, "holidays": own}, author=author, entered_at=now, moved=moved)
    keep_change(connection, SCHOOL, change)
    return len({on for _, on, _ in changed})


def undo_school(
    connection: Connection, at: str, *, file: SchoolSettings, usual_zone: str, author: str, now: datetime
) -> None:
    """Put the school, and the sites that went along, back to what held before the change made `at` (ISO).

    The undo is itself a change, which can be undone. Raises StaleChangeError where somebody changed it since.
    """
    last, values = last_two(connection, SCHOOL, at)
    before = school_of(file, last.values, usual_zone=usual_zone)
    after = school_of(file, values, usual_zone=usual_zone)
    moved: dict[str, Any] = dict(_move_sites(connection, before, after, only=last.moved))
    for done, undone in (("added", "freed"), ("freed", "added")):
        if done in last.moved:
            moved[undone] = last.moved[done]
    _move_holidays(connection, moved)
    keep_change(connection, SCHOOL, Entered(values=values, author=author, entered_at=now, moved=moved))


def is_setup_due(connection: Connection) -> bool:
    """Whether nobody went through the first setup, and nothing shows that the school did without it.

    One site and one device are what `rollcall up` makes by itself.
    """
    if get_setting(connection, _SET_UP) is not None:
        return False
    counts = (connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (sites, devices))
    return all(count <= 1 for count in counts)


def note_setup(connection: Connection, now: datetime) -> None:
    """The first setup was gone through, or put aside: nobody is led there again."""
    put_setting(connection, _SET_UP, now.isoformat())


def _move_sites(
    connection: Connection, before: School, after: School, *, only: Mapping[str, Any] | None = None
) -> dict[str, list[int]]:
    """Change what is the school's own at each site (of `only` those); the keys of those that went along, by column."""
    moved: dict[str, list[int]] = {}
    for column in _COLUMNS:
        old, new = getattr(before, column), getattr(after, column)
        if old != new:
            change = update(sites).where(sites.c[column] == old).values({column: new}).returning(sites.c.site)
            if only is not None:
                change = change.where(sites.c.site.in_(only.get(column, [])))
            moved[column] = sorted(connection.execute(change).scalars())
    names = connection.execute(select(sites.c.site, sites.c.name)).all()
    if before.name != after.name and len(names) == 1:  # a school of one site: that is called as the school is
        site, name = names[0]
        if name in {before.name, FIRST_SITE} and (only is None or site in only.get("name", [])):
            connection.execute(update(sites).where(sites.c.site == site).values(name=after.first_site))
            moved["name"] = [site]
    return moved


def _move_holidays(connection: Connection, moved: Mapping[str, Any]) -> None:
    for site, on, _ in moved.get("freed", ()):
        connection.execute(delete(holidays).where(holidays.c.site == site, holidays.c.on == on))
    for site, on, called in moved.get("added", ()):
        same = (holidays.c.site == site, holidays.c.on == on)
        is_there = connection.execute(select(sites.c.site).where(sites.c.site == site)).first() is not None
        if is_there and connection.execute(select(holidays.c.site).where(*same)).first() is None:
            connection.execute(insert(holidays).values(site=site, on=on, name=called))
