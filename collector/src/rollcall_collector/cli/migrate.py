"""`rollcall migrate`: move the store from SQLite to PostgreSQL while it is in use, and the way back."""

import argparse

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from rollcall_collector.cli.parts.output import print_table
from rollcall_collector.cli.parts.patience import first_line
from rollcall_collector.cli.parts.progress import show_progress
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import SettingsError, StoreError
from rollcall_collector.store.database import open_database
from rollcall_collector.store.moving.move import Moved, come_back, move_store


def run_migrate(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    """Move the store, or open the old one again."""
    old = open_database(settings.database_url)
    try:
        if chosen.back:
            _go_back(old)
        else:
            _move(old, _url(chosen), settings)
    except SQLAlchemyError as error:
        raise StoreError(f"it stopped: {first_line(error)}: the same command goes on where it stood") from error
    finally:
        old.dispose()
    return 0


def _move(old: Engine, url: str, settings: CollectorSettings) -> None:
    new = open_database(url)
    try:
        moved = move_store(old, new, show_progress)
    finally:
        new.dispose()
    _say(moved, settings.command("rollcall"))


def _say(moved: Moved, command: str) -> None:
    rows = [(name, one.rows, f"{one.checksum:016x}") for name, one in sorted(moved.sums.items())]
    print_table(("table", "rows", "checksum"), rows, empty="")
    count = sum(one.rows for one in moved.sums.values())
    paused = "" if moved.pause_seconds is None else f" The old one was held for {moved.pause_seconds:.1f} s."
    print(
        f"\nAll {count:,} rows stand in both stores alike.{paused} From now on the old store takes nothing more;"
        f" devices keep their reports until the new one is in use, and '{command} migrate --back' is the way back.\n"
        f"Now stop Rollcall, set database = '{moved.to}' in its settings (with the password), and start it again."
    )


def _go_back(old: Engine) -> None:
    left = come_back(old)
    if left.is_moved:
        print(f"This store may be used again. What {left.to} took since stands there alone: stop what still uses it.")
    else:
        print(f"The move is given up, and this store is as it was. What stands in {left.to} is a part: drop it.")


def _url(chosen: argparse.Namespace) -> str:
    """Where to. Raises SettingsError where everybody on this computer would read a password, or it is no URL."""
    try:
        text = chosen.to if chosen.to_file is None else chosen.to_file.read_text().strip()
        has_password = make_url(text).password is not None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{chosen.to_file} cannot be read: {error}") from error
    except ArgumentError as error:
        raise SettingsError("that is no URL: write postgresql://NAME@COMPUTER/DATABASE") from error
    if has_password and chosen.to_file is None:
        raise SettingsError(
            "everybody on this computer can read a password on the command line: put the URL into a file and say "
            "--to-file FILE, or leave the password to ~/.pgpass or PGPASSWORD"
        )
    return str(text)
