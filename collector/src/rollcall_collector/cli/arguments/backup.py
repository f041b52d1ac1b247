"""What `rollcall backup` and `rollcall restore` can be asked."""

import argparse
from pathlib import Path

from rollcall_collector.cli.parts.verb import Syntax


def _configure_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="where to; nothing may stand there")


def _configure_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what 'rollcall backup' wrote")
    parser.add_argument(
        "--replace", action="store_true", help="put the store that stands aside; stop the collector first"
    )


SYNTAX = (Syntax(name="backup", configure=_configure_backup), Syntax(name="restore", configure=_configure_restore))
