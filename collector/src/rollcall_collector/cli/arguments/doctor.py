"""What `rollcall doctor` and `rollcall support` can be asked."""

import argparse
from pathlib import Path

from rollcall_collector.cli.parts.verb import Syntax


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mend", action="store_true", help="first make anew, from the facts, all that is kept beside them for pages"
    )


def _configure_support(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="where to, such as support.zip; nothing may stand there"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="a log of the collector: its last lines go along")


SYNTAX = (Syntax(name="doctor", configure=_configure), Syntax(name="support", configure=_configure_support))
