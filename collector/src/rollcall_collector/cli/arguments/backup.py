"""What `rollcall backup`, `rollcall restore` and `rollcall migrate` can be asked."""

import argparse
from pathlib import Path

from rollcall_collector.cli.parts.verb import Syntax

_MIGRATE_EPILOG = """\
Rollcall goes on meanwhile: rows are copied in batches, what changes is noted and brought after, and the counts and
checksums of every table are compared. Only for the last changes the old store is held, and for how long is said. From
then on it takes nothing more: stop Rollcall, set 'database' to the new store, start it. Devices keep their reports
until then. Stopped or killed at any point, the same command goes on where it stood. The database has to be empty."""


def _configure_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="where to; nothing may stand there")


def _configure_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what 'rollcall backup' wrote")
    parser.add_argument(
        "--replace", action="store_true", help="put the store that stands aside; stop the collector first"
    )


def _configure_migrate(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _MIGRATE_EPILOG
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--to",
        metavar="URL",
        help="the empty database, such as postgresql://rollcall@db.example/rollcall; its password comes from "
        "--to-file, ~/.pgpass or PGPASSWORD, for everybody on this computer can read what stands here",
    )
    where.add_argument("--to-file", type=Path, metavar="FILE", help="a file whose one line is that URL")
    where.add_argument(
        "--back",
        action="store_true",
        help="open the old store again, or give up a move that did not end; what the new store took since stays there",
    )


SYNTAX = (
    Syntax(name="backup", configure=_configure_backup),
    Syntax(name="restore", configure=_configure_restore),
    Syntax(
        name="migrate",
        configure=_configure_migrate,
    ),
)
