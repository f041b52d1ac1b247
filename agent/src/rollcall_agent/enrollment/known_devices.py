"""Remembers on disk which of a bridge's devices has which id, so that the collector is asked only for what is news."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rollcall_agent.outbox.file import begin, transaction, unusable, using
from rollcall_wire import Inventory
from rollcall_wire.encoding import encode

_SCHEMA = """
CREATE TABLE IF NOT EXISTS devices (
    name TEXT PRIMARY KEY,  -- the serial number and the first hardware key
    digest TEXT NOT NULL,  -- of all that was told of the device when its id was given
    device_id TEXT NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class BridgedDevice:
    """A device as the service behind a bridge knows it. Raises ValueError where nothing tells it from others.

    `hardware_keys` recognise it where the serial number is missing or repeats: hashes, never a pupil's name for it.
    """

    serial_number: str | None
    hardware_keys: tuple[str, ...] = ()
    inventory: Inventory | None = None

    def __post_init__(self) -> None:
        if self.serial_number is None and not self.hardware_keys:
            raise ValueError("a bridge's device needs a serial number or a hardware key")

    @property
    def name(self) -> str:
        """What it is remembered by: a serial number alone may be two devices' placeholder."""
        return "/".join((self.serial_number or "", *self.hardware_keys[:1]))

    @property
    def digest(self) -> str:
        """A short word that changes when anything does that the collector was told of it."""
        told = (self.serial_number, self.hardware_keys, self.inventory)
        return hashlib.sha256(encode(told)).hexdigest()[:16]


class KnownDevices:
    """The ids given so far, in one SQLite file. Every method raises OutboxError where the file cannot be used.

    A damaged file is thrown away: that call raises, the next one works. It costs a round of questions, for the
    collector gives a device the same id again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def start(self) -> None:
        """Open the file, made where there was none or a damaged one."""
        begin(self._path, self._open, self._begin_anew)

    def stop(self) -> None:
        """Close the file. Stopping twice is harmless."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def find(self, device: BridgedDevice) -> str | None:
        """The id it was given, whatever has changed since; None where it was never given one."""
        found = self._row(device)
        return found[0] if found else None

    def is_news(self, device: BridgedDevice) -> bool:
        """Whether it has no id yet, or is told otherwise than when it got it."""
        found = self._row(device)
        return found is None or found[1] != device.digest

    def keep(self, given: Sequence[tuple[BridgedDevice, str]]) -> None:
        """Remember these ids, all or none."""
        rows = [(device.name, device.digest, device_id) for device, device_id in given]
        with self._usable() as connection, transaction(connection):
            connection.executemany("INSERT OR REPLACE INTO devices VALUES (?, ?, ?)", rows)

    def _row(self, device: BridgedDevice) -> tuple[str, str] | None:
        asked = "SELECT device_id, digest FROM devices WHERE name = ?"
        with self._usable() as connection:
            found: tuple[str, str] | None = connection.execute(asked, (device.name,)).fetchone()
        return found

    @contextmanager
    def _usable(self) -> Iterator[sqlite3.Connection]:
        if self._connection is None:  # the disk was full when it should have been opened
            self.start()
        assert self._connection is not None
        with using(self._path, self._begin_anew):
            yield self._connection

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        self._connection = sqlite3.connect(self._path, timeout=2, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(_SCHEMA)

    def _begin_anew(self) -> None:
        self.stop()
        try:
            for side in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + side).unlink(missing_ok=True)
            self._open()
        except (sqlite3.Error, OSError) as error:
            raise unusable(self._path, error) from error
