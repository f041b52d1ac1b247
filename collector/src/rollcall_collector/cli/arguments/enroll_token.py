"""What `rollcall enroll-token` can be asked."""

import argparse

from rollcall_collector.cli.parts.site_arguments import add_new
from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.token import TOKEN_DAYS
from rollcall_wire.codes import PLATFORMS


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a token and show it once")
    create.add_argument("--site", required=True, metavar="NAME", help="the site its devices belong to")
    create.add_argument("--create-site", metavar="ZONE", help="make the site if it is new, in this zone")
    add_new(create)
    create.add_argument("--uses", type=_at_least_one, default=1, metavar="N", help="how many devices (default: 1)")
    create.add_argument(
        "--expires", type=_at_least_one, default=TOKEN_DAYS, metavar="DAYS", help=f"(default: {TOKEN_DAYS})"
    )
    create.add_argument("--quiet", action="store_true", help="print the token alone, for a file")
    create.add_argument("--platform", choices=PLATFORMS, help="for a bridge: the platform it may speak for")
    actions.add_parser("list", help="show the tokens there are, without their words")
    revoke = actions.add_parser("revoke", help="let nobody enroll with a token any more")
    revoke.add_argument("id", metavar="ID", help="as 'list' shows it")


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


SYNTAX = (Syntax(name="enroll-token", configure=_configure),)
