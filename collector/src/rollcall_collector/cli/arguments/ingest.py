"""What `rollcall ingest` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--share", default="1/1", metavar="K/N", help="take the K-th of N equal parts of the devices")
    parser.add_argument("--verbose", action="store_true", help="say every batch")


SYNTAX = (Syntax(name="ingest", help="keep and acknowledge what devices report", configure=_configure, stays=True),)
