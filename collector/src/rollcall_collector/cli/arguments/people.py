"""What `rollcall people` can be asked."""

import argparse
from pathlib import Path
from typing import Any

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.person import LINK_MINUTES, ROLES

_KINDS = ("address", "app_role", "group", "domain")


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="let somebody look")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=ROLES, required=True, help="what they may do")
    add.add_argument("--site", action="append", metavar="SITE", help="they see this site alone; more than once: these")
    link = actions.add_parser("link", help=f"make a link that signs somebody in once, within {LINK_MINUTES} minutes")
    link.add_argument("name", metavar="NAME")
    actions.add_parser("list", help="show who may look")
    remove = actions.add_parser("remove", help="take the right to look; they are signed out at once")
    remove.add_argument("name", metavar="NAME")
    _configure_ways_in(actions)
    _configure_map(actions)


def _configure_ways_in(actions: Any) -> None:
    sessions = actions.add_parser("sessions", help="show where somebody is signed in")
    sessions.add_argument("name", metavar="NAME")
    sessions.add_argument("--end", action="store_true", help="and sign them out everywhere")
    reset = actions.add_parser("reset", help="take somebody's password; a link lets them choose another")
    reset.add_argument("name", metavar="NAME")
    actions.add_parser("emergency", help="make the emergency administrator, or another password for it, shown once")
    actions.add_parser("check", help="try the school's provider, and say what is wrong and where to mend it")


def _configure_map(actions: Any) -> None:
    actions.add_parser("map", help="show what gives a role to whoever signs in at the provider")
    allow = actions.add_parser("allow", help="give a role to whoever shows an address, app role, group or domain")
    allow.add_argument("kind", metavar="KIND", choices=_KINDS, help=", ".join(_KINDS))
    allow.add_argument("value", metavar="VALUE")
    allow.add_argument("--role", choices=ROLES, required=True, help="what they may do")
    allow.add_argument("--site", action="append", metavar="SITE", help="for this site alone; more than once: these")
    disallow = actions.add_parser("disallow", help="take a rule out; who has a role by it is signed out at once")
    disallow.add_argument("kind", metavar="KIND", choices=_KINDS, help=", ".join(_KINDS))
    disallow.add_argument("value", metavar="VALUE")
    taken = actions.add_parser("import", help="take a CSV file (address, role, site) as the whole list of addresses")
    taken.add_argument("file", metavar="FILE", type=Path)


SYNTAX = (Syntax(name="people", help="say who may look, and how they sign in", configure=_configure),)
