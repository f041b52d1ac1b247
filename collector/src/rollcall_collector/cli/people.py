"""`rollcall people`: says who may look at the pages, and makes the links with which they sign in."""

import argparse
from datetime import UTC, datetime

from rollcall_collector.cli.verb import Verb
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.people import (
    LINK_MINUTES,
    ROLES,
    add_person,
    create_link,
    list_people,
    remove_person,
)
from rollcall_collector.store.database import migrate, open_database


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="let somebody look")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=ROLES, required=True, help="what they may do")
    link = actions.add_parser("link", help=f"make a link that signs somebody in once, within {LINK_MINUTES} minutes")
    link.add_argument("name", metavar="NAME")
    actions.add_parser("list", help="show who may look")
    remove = actions.add_parser("remove", help="take the right to look; they are signed out at once")
    remove.add_argument("name", metavar="NAME")


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    settings.folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    now = datetime.now(UTC)
    try:
        migrate(engine)
        match chosen.action:
            case "add":
                add_person(engine, chosen.name, chosen.role, now)
                print(f"{chosen.name} may look as {chosen.role}: 'rollcall people link {chosen.name}' signs them in")
            case "link":
                print(settings.web.sign_in_address(create_link(engine, chosen.name, now)))
            case "list":
                for one in list_people(engine):
                    print(f"{one.name:<24} {one.role}")
            case _:
                remove_person(engine, chosen.name, now)
                print(f"{chosen.name} may not look any more")
    finally:
        engine.dispose()
    return 0


VERBS: tuple[Verb, ...] = (
    Verb(name="people", help="say who may look, and make their sign-in links", configure=_configure, run=_run),
)
