"""The school's calendar as people write it: holidays as ranges, zones by continent, weekdays by name."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import available_timezones

from sqlalchemy import Connection

from rollcall_collector.errors import CollectorError
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.sites import list_holidays

WEEKDAYS = (
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
)
SPAN_MAX = 366
_CONTINENTS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


class HolidayError(CollectorError):
    """A range of days that cannot be holidays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HolidayRange:
    """Days in a row that are called alike and are free at the same sites; `sites` is empty where at all of them."""

    first: date
    last: date
    called: str
    sites: tuple[str, ...]


def zones_by_continent() -> list[tuple[str, list[str]]]:
    """Every zone there is under its continent; UTC stands by itself."""
    found: dict[str, list[str]] = defaultdict(list)
    for zone in sorted(available_timezones()):
        continent, _, place = zone.partition("/")
        if place and continent in _CONTINENTS:
            found[continent].append(zone)
    return [*sorted(found.items()), ("UTC", ["UTC"])]


def span(first: date, last: date | None) -> tuple[date, ...]:
    """The days from the first to the last; without a last that one. Raises HolidayError."""
    end = last or first
    count = (end - first).days + 1
    if not 1 <= count <= SPAN_MAX:
        raise HolidayError(
            f"holidays end on the day they begin or later, within {SPAN_MAX} days: look at the days again"
        )
    return tuple(first + timedelta(days=ahead) for ahead in range(count))


def read_ranges(connection: Connection, scope: Scope, sites: Iterable[Site], today: date) -> tuple[HolidayRange, ...]:
    """The holidays of these sites that are not over yet, the next first."""
    every = tuple(sites)
    free: dict[tuple[date, str], list[str]] = defaultdict(list)
    for site in every:
        for on, called in list_holidays(connection, scope, site.site):
            free[on, called].append(site.name)
    groups: dict[tuple[str, tuple[str, ...]], list[date]] = defaultdict(list)
    for (on, called), names in sorted(free.items()):
        groups[called, () if len(names) == len(every) else tuple(names)].append(on)
    found = [
        HolidayRange(first=first, last=last, called=called, sites=names)
        for (called, names), days in groups.items()
        for first, last in _runs(days)
        if last >= today
    ]
    return tuple(sorted(found, key=lambda one: (one.first, one.called)))


def _runs(days: list[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for on in days:
        if runs and on - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], on)
        else:
            runs.append((on, on))
    return runs
