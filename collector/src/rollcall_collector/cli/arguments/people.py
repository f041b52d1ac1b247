"""What `rollcall people` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.person import LINK_MINUTES
from rollcall_collector.model.roles import ROLES


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


SYNTAX = (Syntax(name="people", help="say who may look, and make their sign-in links", configure=_configure),)
