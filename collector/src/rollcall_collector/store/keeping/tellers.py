"""Knows which devices several publishers tell of; every other device costs ingest one look into a set."""

import secrets
from collections.abc import Callable
from typing import Any

from rollcall_collector.store.keeping.asking import Ask
from rollcall_collector.store.kept_settings import TELLERS_MARK
from rollcall_collector.store.publishers.registry import KnownPublisher

_READ_MARK = "SELECT value FROM kept_settings WHERE name = ?"
_READ_ALL = "SELECT device, publisher FROM device_publishers"
_FIND_AGENT = "SELECT publisher FROM publishers WHERE device = ?"
_ADD = "INSERT INTO device_publishers (device, publisher) VALUES (?, ?) ON CONFLICT (device, publisher) DO NOTHING"
_WRITE_MARK = (
    "INSERT INTO kept_settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


class Tellers:
    """Who tells of which device, where that is more than its own agent. `cursor` opens the database when needed."""

    def __init__(self, ask: Ask, cursor: Callable[[], Any]) -> None:
        self._ask = ask
        self._cursor = cursor
        self._mark: str | None = None
        self._is_read = False
        self._tellers: dict[int, tuple[int, ...]] = {}
        self._apart: set[int] = set()
        self._begun: list[tuple[int, int]] = []

    def refresh(self) -> None:
        """Read everybody anew where somebody began to tell of a device."""
        cursor = self._cursor()
        if self.is_current(cursor):
            return
        self.forget()
        self._mark = self._read_mark(cursor)
        for device, publisher in self._ask(cursor, _READ_ALL).fetchall():
            self._note(device, publisher)
        self._is_read = True

    def is_current(self, cursor: Any) -> bool:
        """Whether what is remembered is what the store says now."""
        return self._is_read and self._read_mark(cursor) == self._mark

    def are_several(self, publisher: KnownPublisher, device: int) -> bool:
        """Whether others tell of this device too. A bridge that was never heard of it before is noted as a teller."""
        if publisher.device is None and publisher.key not in self._tellers.get(device, ()):
            self._meet(device, publisher.key)
        return device in self._apart

    def write(self, cursor: Any) -> None:
        """Keep those that were met, in the transaction that keeps their first report."""
        if self._begun:
            self._ask.many(cursor, _ADD, self._begun)
            self._begun = []
            self._mark = secrets.token_hex(8)
            self._ask(cursor, _WRITE_MARK, TELLERS_MARK, self._mark)

    def forget(self) -> None:
        """Forget everybody: they are read again when they are needed."""
        self._is_read = False
        self._tellers.clear()
        self._apart.clear()
        self._begun = []

    def _meet(self, device: int, publisher: int) -> None:
        agent = self._ask(self._cursor(), _FIND_AGENT, device).fetchone()
        for teller in (*(agent or ()), publisher):
            if teller not in self._tellers.get(device, ()):
                self._begun.append((device, teller))
                self._note(device, teller)

    def _note(self, device: int, publisher: int) -> None:
        tellers = self._tellers[device] = (*self._tellers.get(device, ()), publisher)
        if len(tellers) > 1:
            self._apart.add(device)

    def _read_mark(self, cursor: Any) -> str | None:
        row = self._ask(cursor, _READ_MARK, TELLERS_MARK).fetchone()
        return None if row is None else str(row[0])
