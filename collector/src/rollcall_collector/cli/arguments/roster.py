"""What `rollcall roster` can be asked."""

import argparse
from pathlib import Path
from typing import get_args

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.roster import Column


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    taken = actions.add_parser(
        "import",
        help="take a CSV file in: all of it, or nothing",
        description=f"Columns, in any order: {', '.join(get_args(Column))}. Only the serial number is needed, "
        "or the tag of a known device. "
        "An empty cell leaves what is known, a hyphen (-) takes it away. Sites and carts that are new are made. "
        "Try it with --dry-run first: it shows which column is taken as what.",
    )
    taken.add_argument("file", type=Path, metavar="FILE", help="CSV with a line of headings")
    taken.add_argument(
        "--dry-run", action="store_true", help="say what is taken as what and what would be done, and do nothing"
    )
    taken.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="HEADING=COLUMN",
        help='say what a heading means, as in --map "Location=cart"; HEADING=- leaves it out (repeatable)',
    )
    taken.add_argument("--site", metavar="NAME", help="the site of devices of which the list names none")
    taken.add_argument(
        "--new-site",
        action="append",
        default=[],
        metavar="NAME",
        help="this is a new school although its name is nearly another's (repeatable)",
    )
    taken.add_argument("--skip-bad", action="store_true", help="import the good rows although others are bad")
    taken.add_argument(
        "--dates", choices=("day-first", "month-first"), help="what 03/04/2024 means, if the file does not show it"
    )
    taken.add_argument("--json", action="store_true", help="print the report as JSON")
    given = actions.add_parser("export", help="write the roster as CSV that can be imported again")
    given.add_argument("file", type=Path, nargs="?", metavar="FILE", help="(default: standard output)")
    given.add_argument(
        "--before", action="store_true", help="as the list was before the last import: importing it takes that back"
    )


SYNTAX = (Syntax(name="roster", configure=_configure),)
