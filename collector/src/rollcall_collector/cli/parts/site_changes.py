"""Renames, merges and removes sites for `rollcall sites`, and asks about a name that is nearly another's."""

import argparse
from datetime import UTC, datetime

from sqlalchemy import Connection

from rollcall_collector.cli.parts.output import print_json, print_table
from rollcall_collector.errors import StoreError
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.places.changes import list_changes
from rollcall_collector.store.sites import site_keys


def change_places(connection: Connection, chosen: argparse.Namespace) -> int:
    """Do what was chosen; returns the exit status."""
    # Whoever only lists sites moves none, and this loads carts, flags and complaints.
    from rollcall_collector.store.places.merging import merge_sites, remove_site, rename_site  # noqa: PLC0415
    from rollcall_collector.store.places.undo import undo_change  # noqa: PLC0415

    scope, now = Scope.all(), datetime.now(UTC)
    match chosen.action:
        case "rename":
            change = rename_site(connection, scope, chosen.name, chosen.new, author=chosen.by, now=now)
            print(f"{chosen.name} is called {chosen.new}. To take it back: 'rollcall sites undo {change}'")
        case "remove" if chosen.into is None:
            change = remove_site(connection, scope, chosen.name, author=chosen.by, now=now)
            print(f"{chosen.name} is removed. To take it back: 'rollcall sites undo {change}'")
        case "merge" | "remove":
            change = merge_sites(connection, scope, chosen.name, chosen.into, author=chosen.by, now=now)
            print(f"{chosen.name} is merged into {chosen.into}. To take it back: 'rollcall sites undo {change}'")
        case "undo":
            print(f"{undo_change(connection, scope, chosen.change, now)} devices are where they were.")
        case _:
            _list(connection, chosen)
    return 0


def ask_about_twin(connection: Connection, name: str, *, is_new: bool) -> None:
    """Raises StoreError where this would be a new site whose name is nearly another's, unless that is meant."""
    from rollcall_collector.roster.close_names import find_twin  # noqa: PLC0415  # whoever only lists needs no rosters

    known = list(site_keys(connection, Scope.all()))
    twin = find_twin(name, known)
    if twin is not None and not is_new:
        raise StoreError(f"'{name}' would be a new site: did you mean '{twin}'? If it is another school, say --new")


def _list(connection: Connection, chosen: argparse.Namespace) -> None:
    changes = list_changes(connection, Scope.all())
    if chosen.json:
        print_json(changes)
        return
    rows = [
        (one.change, one.changed_at, one.kind, one.subject, one.target, one.devices, one.author, one.undone_at)
        for one in changes
    ]
    headings = ("change", "at (UTC)", "what", "site", "to", "devices", "by", "taken back")
    print_table(headings, rows, empty="Nothing was changed yet.")
