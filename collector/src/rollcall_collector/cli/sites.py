"""`rollcall sites`: lists the schools, sets their zone, hours and holidays, renames, merges and removes them."""

import argparse
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from rollcall_collector.cli.arguments.sites import SYNTAX
from rollcall_collector.cli.parts.lessons import change_lessons
from rollcall_collector.cli.parts.output import print_json, print_table
from rollcall_collector.cli.parts.site_changes import ask_about_twin, change_places
from rollcall_collector.cli.parts.store import operated_store, school_now
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.model.school import say_clock
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.model.wording import say_count
from rollcall_collector.store.sites import (
    add_holidays,
    count_sites,
    find_site,
    list_holidays,
    make_site,
    remove_holidays,
    set_site,
)

SPAN_MAX = 366


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with operated_store(settings) as engine, engine.begin() as connection:
        match chosen.action:
            case "list":
                _list(connection, chosen)
            case "set":
                _set(connection, chosen, settings)
            case "lessons":
                return change_lessons(connection, chosen.name, chosen.lessons)
            case "holidays":
                return _holidays(connection, chosen)
            case _:
                return change_places(connection, chosen)
    return 0


def _list(connection: Connection, chosen: argparse.Namespace) -> None:
    sites = count_sites(connection, Scope.all())
    if chosen.json:
        print_json(sites)
        return
    rows = [
        (site.name, site.zone, "".join(map(str, site.days)), _hours(site), len(site.holidays), site.devices)
        for site in sites
    ]
    empty = "No site yet: 'rollcall sites set NAME' makes one, and so does a roster."
    print_table(("site", "zone", "days", "hours", "holidays", "devices"), rows, empty=empty)


def _set(connection: Connection, chosen: argparse.Namespace, settings: CollectorSettings) -> None:
    ask_about_twin(connection, chosen.name, is_new=chosen.new)
    make_site(connection, chosen.name, school_now(settings, connection).new_site)
    names = ("zone", "days", "opens_minute", "closes_minute")
    changes: dict[str, Any] = {name: value for name in names if (value := getattr(chosen, name)) is not None}
    if changes:
        set_site(connection, Scope.all(), chosen.name, **changes)
    site = find_site(connection, Scope.all(), chosen.name)
    print(f"{site.name}: {site.zone}, days {''.join(map(str, site.days))}, {_hours(site)}")


def _holidays(connection: Connection, chosen: argparse.Namespace) -> int:
    site = find_site(connection, Scope.all(), chosen.name)
    if chosen.what != "list":
        if chosen.first is None:
            print("Say which day: rollcall sites holidays add NAME 2026-12-24 2027-01-06")
            return 2
        days = _span(chosen.first, chosen.last or chosen.first)
        if chosen.what == "add":
            added = add_holidays(connection, site.site, days, chosen.called)
            print(f"{say_count(added, 'holiday')} added for {site.name}")
        else:
            print(f"{say_count(remove_holidays(connection, site.site, days), 'holiday')} removed for {site.name}")
        return 0
    found = list_holidays(connection, Scope.all(), site.site)
    if chosen.json:
        print_json([{"on": on, "name": name} for on, name in found])
    else:
        print_table(("day", "name"), found, empty=f"No holiday yet: 'rollcall sites holidays add {site.name} DAY'.")
    return 0


def _span(first: date, last: date) -> tuple[date, ...]:
    count = min((last - first).days + 1, SPAN_MAX)
    return tuple(first + timedelta(days=ahead) for ahead in range(count))


def _hours(site: Site) -> str:
    return "-".join(say_clock(minute) for minute in (site.opens_minute, site.closes_minute))


VERBS = verbs_of(SYNTAX, _run)
