"""What `rollcall up` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--without-agent", action="store_true", help="do not make this machine the first device")
    parser.add_argument("--verbose", action="store_true", help="say more on stderr")


SYNTAX = (Syntax(name="up", configure=_configure, stays=True),)
