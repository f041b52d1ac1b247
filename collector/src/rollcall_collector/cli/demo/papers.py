"""Brings a make-believe district's papers in as a school would: devices, sites with hours and lessons, carts."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from rollcall_collector.cli.parts.assembly import StationError
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Lesson, NewSite
from rollcall_collector.roster import import_roster
from rollcall_collector.store.carts import ensure_cart, set_cart
from rollcall_collector.store.sites import add_holidays, ensure_site, set_lessons, set_site


def read_sites(district: Path) -> list[Mapping[str, Any]]:
    """The sites of the district in this folder, as the simulator wrote them down."""
    return list(json.loads((district / "sites.json").read_text(encoding="utf-8"))["sites"])


def bring_in_papers(engine: Engine, district: Path, *, new_site: NewSite) -> None:
    """Import devices, sites and carts; again changes nothing. Raises StationError where a row is bad."""
    sites = read_sites(district)
    with engine.begin() as connection:
        for site in sites:
            _bring_in_site(connection, site)
    report = import_roster(engine, Scope.all(), (district / "devices.csv").read_bytes(), new_site=new_site)
    if report.changes is None:
        raise StationError("the demo's own roster has bad rows: remove the demo's data folder and start again")


def _bring_in_site(connection: Connection, site: Mapping[str, Any]) -> None:
    key, _ = ensure_site(connection, site["name"], site["zone"])
    set_site(
        connection,
        Scope.all(),
        site["name"],
        zone=site["zone"],
        days="".join(str(day) for day in site["days"]),
        opens_minute=site["opens_minute"],
        closes_minute=site["closes_minute"],
    )
    lessons = (
        Lesson(label=str(number), starts_minute=starts, ends_minute=starts + site["lesson_minutes"])
        for number, starts in enumerate(site["lessons"], 1)
    )
    set_lessons(connection, Scope.all(), site["name"], tuple(lessons))
    for holiday in site["holidays"]:
        add_holidays(connection, key, (date.fromisoformat(holiday["on"]),), holiday["name"])
    for cart in site["carts"]:
        found, _ = ensure_cart(connection, key, cart["name"])
        set_cart(
            connection, Scope.all(), found, home_room=cart["home_room"], slots=cart["slots"], charging=cart["charging"]
        )
