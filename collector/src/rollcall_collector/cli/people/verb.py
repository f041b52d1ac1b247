"""`rollcall people`: says who may look at the pages, as what, and makes the links with which they sign in."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine

from rollcall_collector.cli.arguments.people import SYNTAX
from rollcall_collector.cli.parts.running import find_running
from rollcall_collector.cli.parts.store import operated_store, scope_of, site_words
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.cli.people import audit, programs
from rollcall_collector.cli.people.ways_in import answer
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.people import (
    add_person,
    change_person,
    create_link,
    find_listed,
    list_people,
    remove_person,
)
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.wording import say_argument


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    now = datetime.now(UTC)
    with operated_store(settings) as engine:
        match chosen.action:
            case "add":
                add_person(engine, chosen.name, chosen.role, scope_of(engine, chosen.site), now)
                print(
                    f"{chosen.name} may look as {chosen.role}: "
                    f"'rollcall people link {say_argument(chosen.name)}' signs them in"
                )
            case "change":
                sites = _sites_of(engine, chosen)
                was = change_person(engine, Scope.all(), chosen.name, chosen.role, sites)
                print(f"{chosen.name} was {was.role} and is {chosen.role} now")
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
    return 0


def _sites_of(engine: Engine, chosen: argparse.Namespace) -> Scope:
    """The sites that are named; where none are, those that they have."""
    if chosen.site is None and not chosen.all_sites:
        return find_listed(engine, Scope.all(), chosen.name).scope
    return scope_of(engine, chosen.site)


def _address(secret: str, settings: CollectorSettings) -> str:
    running = find_running(settings.folder)
    return settings.web.sign_in_address(secret, listening_at=None if running is None else running.url)


def _lines(engine: Engine) -> Iterator[str]:
    say_sites = site_words(engine)
    for one in list_people(engine, Scope.all()):
        yield f"{one.name:<24} {one.role:<12} {say_sites(one.scope)}"


VERBS = verbs_of(SYNTAX, _run, programs.run, audit.run)
