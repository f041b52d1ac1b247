"""What `rollcall ingest` can be asked, and `rollcall mirror`, which sends what ingest leaves for it."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax


def add_share(parser: argparse.ArgumentParser) -> None:
    """Add the word which part of the fleet is ingested here."""
    parser.add_argument(
        "--share",
        default="1/1",
        metavar="K/N",
        help="take the K-th of N equal parts of the devices; N such processes on one PostgreSQL take all of them",
    )


def _configure(parser: argparse.ArgumentParser) -> None:
    add_share(parser)
    parser.add_argument("--verbose", action="store_true", help="say every batch")


def _configure_mirror(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    shown = actions.add_parser("status", help="what waits, what arrived, what is wrong and the way out")
    shown.add_argument("--json", action="store_true", help="print as JSON")
    actions.add_parser(
        "run", help="send what waits until it is stopped: beside 'rollcall ingest'; 'serve' does it itself"
    )
    actions.add_parser("rebuild", help="write every start and failure of the store anew, into an empty bucket")


SYNTAX = (Syntax(name="ingest", configure=_configure, stays=True), Syntax(name="mirror", configure=_configure_mirror))
