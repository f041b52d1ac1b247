"""`rollcall backup` and `rollcall restore`: copy the store while it is in use, and bring a copy back."""

import argparse
import sys
from datetime import UTC, datetime

from rollcall_collector.cli.arguments.backup import SYNTAX
from rollcall_collector.cli.migrate import run_migrate
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.store.backup import restore_backup, write_backup
from rollcall_collector.store.health import note_backup
from rollcall_collector.store.parts.restores import note_restore


class _Line:
    """One line that counts up on a terminal; silent elsewhere."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = -1

    def __call__(self, share: float) -> None:
        percent = int(100 * share)
        if percent != self._shown and sys.stderr.isatty():
            self._shown = percent
            print(f"\r{self._what} {percent} %", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)


def _backup(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with opened_store(settings) as engine:
        size = write_backup(engine, chosen.file, datetime.now(UTC), _Line("copied"))
        note_backup(engine, datetime.now(UTC))
    print(f"{chosen.file}: {size / 1e6:.1f} MB, checked")
    return 0


def _restore(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    aside = restore_backup(
        settings.database_url,
        chosen.file,
        is_replacing=chosen.replace,
        now=datetime.now(UTC),
        progress=_Line("restored"),
    )
    with opened_store(settings) as engine:  # brings an older backup's tables up to date
        found = note_restore(engine, datetime.now(UTC))
    print(f"{chosen.file} is the store now" + (f"; the old one is kept at {aside}" if aside else ""))
    print(
        f"what was kept after {found.backup_at:%Y-%m-%d %H:%M} UTC is not in it: the page Health says what is missing"
    )
    return 0


VERBS = verbs_of(SYNTAX, _backup, _restore, run_migrate)
