"""Notes which days and starts changed after a night may have taken them into columns: the next one reads them again.

Days before `LATE_BEFORE` are kept in columns, or may be: every change of one is noted in the transaction that makes
it. A new start needs no note, for its key is higher than any that was read; one described anew or removed does.
"""

from typing import Any

from rollcall_collector.store.keeping.asking import Ask
from rollcall_collector.store.kept_settings import LATE_BEFORE

_READ = "SELECT value FROM kept_settings WHERE name = ?"
_ADD = 'INSERT INTO late_changes (device, "on", boot) VALUES (?, ?, ?)'


class LateChanges:
    """What one transaction changes of what may be in columns. `cursor` is that transaction's."""

    def __init__(self, ask: Ask, cursor: Any) -> None:
        self._ask = ask
        self._cursor = cursor
        row = ask(cursor, _READ, LATE_BEFORE).fetchone()
        self._before = None if row is None else int(row[0])
        self._rows: list[tuple[int, int, int | None]] = []

    def note_day(self, device: int, on: int) -> None:
        """This day is written; one that is not yet in columns needs no note."""
        if self._before is not None and on < self._before:
            self._rows.append((device, on, None))

    def note_start(self, device: int, on: int, boot: int) -> None:
        """A start that stood on this day, or stands there now, is described anew or removed."""
        if self._before is not None:
            self._rows.append((device, on, boot))

    def write(self) -> None:
        """Keep the notes."""
        self._ask.many(self._cursor, _ADD, self._rows)
