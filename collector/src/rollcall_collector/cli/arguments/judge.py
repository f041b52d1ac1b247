"""What `rollcall judge` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax


def _configure(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--device", metavar="NAME", help="only this one: its id, serial number or asset tag")
    what.add_argument("--list", action="store_true", help="list the judgings there were, newest first")
    what.add_argument("--show", type=int, metavar="RUN", help="tell a judging again; with --json byte for byte")
    what.add_argument("--anew", action="store_true", help="read every fact again: what is kept as columns is removed")
    parser.add_argument("--json", action="store_true", help="print as JSON")


SYNTAX = (Syntax(name="judge", configure=_configure),)
