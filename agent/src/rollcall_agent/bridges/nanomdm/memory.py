"""What the bridge knows, in one SQLite file: a post is folded into it before NanoMDM hears that it arrived.

A post's event id, what it changed and what there is to tell are one transaction, so that a post counts once, or not at
all. What was told leaves this file only after the outbox has it.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rollcall_agent.bridges.nanomdm.folding import Folded, fold, miss
from rollcall_agent.bridges.nanomdm.record import Record, from_json, to_json
from rollcall_agent.bridges.nanomdm.telling import bodies_of, text_of
from rollcall_agent.bridges.nanomdm.words import Word
from rollcall_wire import Failure, Vitals

FILE = "nanomdm.sqlite3"
EVENTS_KEPT = timedelta(hours=1)
"""How long an event's id is remembered. What is older than REPLAY_WINDOW is refused by its instant alone."""
UNANSWERED_AFTER = timedelta(hours=24)
"""Who was not heard for so long after a push that Apple took did not answer it."""
_ASKED_KEPT = timedelta(days=8)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS devices (
    udid TEXT PRIMARY KEY,
    serial_number TEXT,
    is_askable INTEGER NOT NULL,  -- enrolled, and no other kind of device
    asked_us INTEGER NOT NULL DEFAULT 0,  -- by the day's question
    invited_us INTEGER NOT NULL DEFAULT 0,  -- to declarative management
    status_us INTEGER NOT NULL DEFAULT 0,  -- its last status report
    restarted_us INTEGER,  -- since when a restart keeps it silent, until that is told
    record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS devices_serial_number ON devices (serial_number);
CREATE INDEX IF NOT EXISTS devices_asked ON devices (is_askable, asked_us);
CREATE INDEX IF NOT EXISTS devices_invited ON devices (is_askable, invited_us);
CREATE TABLE IF NOT EXISTS events (event_id TEXT PRIMARY KEY, heard_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS telling (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, udid TEXT NOT NULL, at_us INTEGER NOT NULL, bodies TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS asked (
    command TEXT NOT NULL,
    udid TEXT NOT NULL,
    purpose TEXT NOT NULL,
    asked_us INTEGER NOT NULL,
    state TEXT NOT NULL,  -- meant, sent, pushed, settled
    PRIMARY KEY (command, udid)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asked_us ON asked (asked_us);
CREATE INDEX IF NOT EXISTS asked_meant ON asked (asked_us) WHERE state = 'meant';  -- looked at every second
CREATE INDEX IF NOT EXISTS asked_pushed ON asked (asked_us) WHERE state = 'pushed';
CREATE INDEX IF NOT EXISTS asked_of ON asked (udid, purpose, asked_us);
CREATE TABLE IF NOT EXISTS counts (fault TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """One thing to tell of one device, and its number."""

    seq: int
    record: Record
    at: datetime
    bodies: tuple[Failure | Vitals, ...]


class IpadMemory:
    """The file, used from any thread, one at a time. Raises sqlite3.Error where it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._faults: Counter[str] = Counter()

    def start(self) -> None:
        """Open the file, made where there was none."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.touch(mode=0o600)
        self._connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_SCHEMA)

    def stop(self) -> None:
        """Close the file. Stopping twice is harmless."""
        if self._connection is not None:
            self.keep_counts()
            self._connection.close()
            self._connection = None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone: all of it is kept, or nothing."""
        assert self._connection is not None, "start() comes first"
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def hear(self, word: Word) -> bool:
        """Take a post in; false where it was taken in before."""
        with self.writing() as connection:
            row = (word.event_id, to_us(word.at))
            if connection.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", row).rowcount == 0:
                return False
            asked = "SELECT 1 FROM asked WHERE command = ? AND udid = ?"
            is_asked = connection.execute(asked, (word.command or "", word.udid)).fetchone() is not None
            record = _find(connection, word.udid) or Record(udid=word.udid)
            told = fold(record, word, is_asked=is_asked)
            _keep(connection, told)
            if told.is_heard:
                _add(connection, told)
        return True

    def sweep(self, now: datetime) -> None:
        """Tell what is to be told only because time went by, and forget what is no longer needed."""
        with self.writing() as connection:
            since = to_us(now - UNANSWERED_AFTER)
            late = connection.execute(
                "SELECT command, udid, asked_us FROM asked WHERE state = 'pushed' AND asked_us < ?", (since,)
            ).fetchall()
            for command, udid, asked_us in late:
                record = _find(connection, udid)
                if record is not None and record.is_known and to_us(record.heard_at or from_us(0)) < asked_us:
                    body = Failure(channel="management", code="push_unanswered", occurred_at=from_us(asked_us))
                    _add(connection, Folded(record=record, bodies=(body,)))
                connection.execute(
                    "UPDATE asked SET state = 'settled' WHERE command = ? AND udid = ?", (command, udid)
                )
            for (text,) in connection.execute("SELECT record FROM devices WHERE restarted_us IS NOT NULL").fetchall():
                if (told := miss(from_json(text), now)) is not None:
                    _keep(connection, told)
                    _add(connection, told)
            connection.execute("DELETE FROM events WHERE heard_us < ?", (to_us(now - EVENTS_KEPT),))
            connection.execute("DELETE FROM asked WHERE asked_us < ?", (to_us(now - _ASKED_KEPT),))
        self.keep_counts()

    def waiting(self, after: int, count: int) -> list[Telling]:
        """What is to be told, from this number on."""
        asked = (
            "SELECT telling.seq, devices.record, telling.at_us, telling.bodies"
            " FROM telling JOIN devices USING (udid) WHERE seq > ? ORDER BY seq LIMIT ?"
        )
        with self.writing() as connection:
            rows = connection.execute(asked, (after, count)).fetchall()
        return [
            Telling(seq=seq, record=from_json(record), at=from_us(at_us), bodies=bodies_of(bodies))
            for seq, record, at_us, bodies in rows
        ]

    def forget(self, upto: int) -> None:
        """Let go of what the outbox has."""
        with self.writing() as connection:
            connection.execute("DELETE FROM telling WHERE seq <= ?", (upto,))

    def known(self, after: str, count: int) -> list[Record]:
        """Records by UDID, from this one on."""
        with self.writing() as connection:
            rows = connection.execute(
                "SELECT record FROM devices WHERE udid > ? ORDER BY udid LIMIT ?", (after, count)
            ).fetchall()
        return [from_json(text) for (text,) in rows]

    def count(self, fault: str) -> int:
        """Count a post that was not taken in; returns how many of its kind there were since the last `keep_counts`."""
        with self._lock:
            self._faults[fault] += 1
            return self._faults[fault]

    def keep_counts(self) -> None:
        """Write the counts down: not at each post, for whoever floods the bridge must not make it write."""
        if not self._faults:
            return
        with self.writing() as connection:
            connection.executemany(
                "INSERT INTO counts VALUES (?, ?) ON CONFLICT (fault) DO UPDATE SET count = count + excluded.count",
                tuple(self._faults.items()),
            )
            self._faults.clear()

    def counts(self) -> dict[str, int]:
        """How many posts were not taken in, by what was wrong with them."""
        with self.writing() as connection:
            return dict(connection.execute("SELECT fault, count FROM counts ORDER BY fault").fetchall())

    def nameless(self) -> int:
        """How many devices cannot be told of, since nobody said their serial number or what they are."""
        with self.writing() as connection:
            asked = "SELECT count(*) FROM devices WHERE serial_number IS NULL AND is_askable = 1"
            return int(connection.execute(asked).fetchone()[0])


def to_us(at: datetime) -> int:
    """Whole microseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """The instant of so many microseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)


def _find(connection: sqlite3.Connection, udid: str) -> Record | None:
    found = connection.execute("SELECT record FROM devices WHERE udid = ?", (udid,)).fetchone()
    return None if found is None else from_json(found[0])


def _keep(connection: sqlite3.Connection, told: Folded) -> None:
    record = told.record
    is_waited_for = record.restarted_at is not None and not record.is_missed
    values: Sequence[object] = (
        record.udid,
        record.serial_number,
        record.is_enrolled and (record.product is None or record.is_ipad),
        0 if record.status_at is None else to_us(record.status_at),
        to_us(record.restarted_at) if is_waited_for and record.restarted_at is not None else None,
        to_json(record),
    )
    connection.execute(
        "INSERT INTO devices (udid, serial_number, is_askable, status_us, restarted_us, record)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (udid) DO UPDATE SET serial_number = excluded.serial_number,"
        " is_askable = excluded.is_askable, status_us = excluded.status_us, restarted_us = excluded.restarted_us,"
        " record = excluded.record",
        values,
    )


def _add(connection: sqlite3.Connection, told: Folded) -> None:
    """To be told as of when the device was last heard: its silence must not make it look heard."""
    assert told.record.heard_at is not None, "who was never heard is not known"
    values = (told.record.udid, to_us(told.record.heard_at), text_of(told.bodies))
    connection.execute("INSERT INTO telling (udid, at_us, bodies) VALUES (?, ?, ?)", values)
