"""`rollcall people`: says who may look at the pages, and makes the links with which they sign in."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine

from rollcall_collector.cli.arguments.people import SYNTAX
from rollcall_collector.cli.parts.running import find_running
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.cli.parts.ways_in import answer
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.people import (
    add_person,
    create_link,
    list_people,
    remove_person,
)
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.wording import say_argument
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.sites import find_site, list_sites


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    settings.folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    now = datetime.now(UTC)
    try:
        migrate(engine)
        match chosen.action:
            case "add":
                add_person(engine, chosen.name, chosen.role, _scope(engine, chosen.site), now)
                print(
                    f"{chosen.name} may look as {chosen.role}: "
                    f"'rollcall people link {say_argument(chosen.name)}' signs them in"
                )
            case "link":
                print(_address(create_link(engine, chosen.name, now), settings))
            case "list":
                for line in _lines(engine):
                    print(line)
            case "remove":
                remove_person(engine, chosen.name, now)
                print(f"{chosen.name} may not look any more")
            case _:
                for line in answer(chosen, engine, settings, now):
                    print(line)
    finally:
        engine.dispose()
    return 0


def _address(secret: str, settings: CollectorSettings) -> str:
    running = find_running(settings.folder)
    return settings.web.sign_in_address(secret, listening_at=None if running is None else running.url)


def _scope(engine: Engine, names: list[str] | None) -> Scope:
    """The sites of these names, or all where none is named. Raises UnknownNameError."""
    if names is None:
        return Scope.all()
    with engine.connect() as connection:
        return Scope(sites=frozenset(find_site(connection, Scope.all(), name).site for name in names))


def _lines(engine: Engine) -> Iterator[str]:
    with engine.connect() as connection:
        names = {site.site: site.name for site in list_sites(connection, Scope.all())}
    for one in list_people(engine, Scope.all()):
        sites = "all sites" if one.scope.sites is None else ", ".join(sorted(names[key] for key in one.scope.sites))
        yield f"{one.name:<24} {one.role:<12} {sites or 'no site'}"


VERBS = verbs_of(SYNTAX, _run)
