"""What `rollcall quarantine` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax

LIST_MAX = 50


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    shown = actions.add_parser("list", help="the newest refusals, and how many there are of each reason")
    shown.add_argument("--publisher", metavar="NAME", help="only what this publisher sent")
    shown.add_argument(
        "--limit", type=int, default=LIST_MAX, metavar="N", help=f"at most so many (default {LIST_MAX})"
    )
    show = actions.add_parser("show", help="one refusal, with what was sent")
    show.add_argument("number", type=int, metavar="NUMBER")
    export = actions.add_parser("export", help="every refusal, one JSON object a line")
    export.add_argument("--publisher", metavar="NAME", help="only what this publisher sent")


SYNTAX = (Syntax(name="quarantine", configure=_configure),)
