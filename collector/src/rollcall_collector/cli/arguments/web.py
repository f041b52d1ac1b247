"""What `rollcall web` and `rollcall serve` can be asked."""

import argparse

from rollcall_collector.cli.arguments.ingest import add_share
from rollcall_collector.cli.parts.verb import Syntax


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--verbose", action="store_true", help="say more on stderr")


def _configure_serve(parser: argparse.ArgumentParser) -> None:
    add_share(parser)
    _configure(parser)


SYNTAX = (
    Syntax(name="web", configure=_configure, stays=True),
    Syntax(
        name="serve",
        configure=_configure_serve,
        stays=True,
    ),
)
