"""What `rollcall web` and `rollcall serve` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--verbose", action="store_true", help="say more on stderr")


SYNTAX = (Syntax(name="web", configure=_configure, stays=True), Syntax(name="serve", configure=_configure, stays=True))
