"""What `rollcall jobs` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax


def _nothing(parser: argparse.ArgumentParser) -> None:
    del parser


SYNTAX = (Syntax(name="jobs", configure=_nothing, stays=True),)
