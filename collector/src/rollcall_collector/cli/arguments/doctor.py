"""What `rollcall doctor` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax


def _configure(parser: argparse.ArgumentParser) -> None:
    del parser


SYNTAX = (
    Syntax(name="doctor", help="check settings, store, disk and broker, and say the way out", configure=_configure),
)
