"""What `rollcall people`, `programs` and `audit` can be asked."""

import argparse
from pathlib import Path
from typing import Any

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.person import LINK_MINUTES, ROLES

_KINDS = ("address", "app_role", "group", "domain")
_DEEDS = ("decided", "changed", "enrolled", "revoked", "exported", "signed_in")


def _configure_people(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="let somebody look")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=ROLES, required=True, help="what they may do")
    add.add_argument("--site", action="append", metavar="SITE", help="they see this site alone; more than once: these")
    change = actions.add_parser("change", help="give somebody another role, or other sites")
    change.add_argument("name", metavar="NAME")
    change.add_argument("--role", choices=ROLES, required=True, help="what they may do from now on")
    seen = change.add_mutually_exclusive_group()
    seen.add_argument("--site", action="append", metavar="SITE", help="they see these sites from now on")
    seen.add_argument("--all-sites", action="store_true", help="they see all sites from now on")
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


def _configure_programs(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make a token, which is shown once")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--scope", action="append", metavar="SCOPE", required=True, help="carts, devices, prices, decide")
    add.add_argument("--site", action="append", metavar="SITE", help="it sees this site alone; more than once: these")
    add.add_argument("--days", type=int, default=365, metavar="N", help="so long it works (default: 365)")
    actions.add_parser("list", help="show the programs, and when each asked last")
    revoke = actions.add_parser("revoke", help="let a program's token work no more")
    revoke.add_argument("name", metavar="NAME")


def _configure_audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default="", metavar="NAME", help="what this person or program did")
    parser.add_argument("--deed", choices=_DEEDS, default="", help="what was done")
    parser.add_argument("--about", default="", metavar="TEXT", help="a part of the name of what it was done to")
    parser.add_argument("--days", type=int, default=30, metavar="N", help="in the last so many days (default: 30)")
    parser.add_argument("--csv", action="store_true", help="as a table")


SYNTAX = (
    Syntax(name="people", configure=_configure_people),
    Syntax(name="programs", configure=_configure_programs),
    Syntax(name="audit", configure=_configure_audit),
)
