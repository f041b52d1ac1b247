"""What `rollcall models` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_wire.codes import PLATFORMS


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--platform", choices=PLATFORMS, help="only models of this platform")
    parser.add_argument("--batches", action="store_true", help="each purchase year of a model too")
    parser.add_argument("--json", action="store_true", help="print everything that is known, as JSON")


SYNTAX = (Syntax(name="models", configure=_configure),)
