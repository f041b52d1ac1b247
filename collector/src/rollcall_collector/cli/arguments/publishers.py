"""What `rollcall publishers` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="show every device and bridge that was enrolled")
    for action, words in (
        ("revoke", "silence one: its session is cut within seconds, it may not come back"),
        ("retire", "take a device out of the fleet for good"),
        ("reinstate", "let one back that was revoked or retired"),
    ):
        below = actions.add_parser(action, help=words)
        below.add_argument("name", metavar="NAME", help="as 'list' shows it")


SYNTAX = (Syntax(name="publishers", configure=_configure),)
