"""Numbers every report, keeps it on disk, and lets go of it only when the collector says that it is kept."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from rollcall_agent.errors import OutboxError
from rollcall_agent.outbox.epochs import Epochs, read_epochs, write_epoch
from rollcall_agent.outbox.file import begin, known_loss, open_file, set_aside, transaction, unusable, using
from rollcall_agent.outbox.limits import AGE_DAYS_MAX, BYTES_MAX, ROW_BYTES, Dropped, drop
from rollcall_agent.outbox.rows import (
    LOST_WITH_FILE,
    Fact,
    day_of,
    delete_rows,
    gap_facts,
    lost_with_file,
    rows_of,
    store_marks,
    store_rows,
)
from rollcall_wire import Body, SchoolHours

log = logging.getLogger("rollcall.outbox")

_WHERE_WE_ARE = "SELECT next_seq, (SELECT name FROM epochs ORDER BY first_seq DESC LIMIT 1) FROM numbering"
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Outbox:
    """The durable queue of a publisher, used from one thread.

    Every method raises OutboxError where the file cannot be used now, most often because the disk is full; nothing
    is half-done then, and the call works again once there is room. A damaged file is set aside and a new one takes its
    place: that call raises, the next one works.
    """

    def __init__(self, path: Path, *, bytes_max: int = BYTES_MAX, age_max_days: int = AGE_DAYS_MAX) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._age_max_days = age_max_days
        self._connection: sqlite3.Connection | None = None
        self._is_started = False
        self.epochs = Epochs(())
        self._next_seq = 1
        self._agreed = 0
        self.generation = 0
        """Grows whenever the numbers that wait mean something else than before: another file, or another epoch."""
        self._held_bytes = 0
        self._waiting = 0
        self._aged_on = -1

    def start(self) -> None:
        """Open the file; a damaged one is set aside, and the first report after it says what is known to be lost."""
        self._is_started = True
        begin(self._path, self._open, self._begin_anew)

    def stop(self) -> None:
        """Close the file. Stopping twice is harmless."""
        self._is_started = False
        self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def epoch(self) -> str:
        """Sixteen random hex digits, drawn by this run: with a report's seq they are its identity for ever."""
        return self.epochs.name

    @property
    def newest(self) -> int:
        """The last seq given; 0 before the first."""
        return self._next_seq - 1

    def add(
        self,
        bodies: Sequence[Body],
        *,
        device_id: str,
        now: datetime,
        hours: SchoolHours | None,
        remember: Mapping[str, str] = _NOTHING,
    ) -> range:
        """Number, round and store bodies in one transaction, and `remember` with them; returns their numbers."""
        facts = [Fact(device_id=device_id, recorded_at=now, body=body) for body in bodies]
        return self.add_facts(facts, now=now, hours=hours, remember=remember)

    def add_facts(
        self,
        facts: Sequence[Fact],
        *,
        now: datetime,
        hours: SchoolHours | None,
        remember: Mapping[str, str] = _NOTHING,
    ) -> range:
        """As `add`, for facts of many devices or instants: what a bridge tells, or a back-fill."""
        today = day_of(now)
        with self._writing() as connection:
            first, newest_epoch = connection.execute(_WHERE_WE_ARE).fetchone()
            if (first, newest_epoch) != (self._next_seq, self.epochs.newest):
                self._load(connection)  # somebody put an older file in place of ours
            epochs = None if self.epochs.is_begun or not facts else write_epoch(connection, self.epochs.fresh(first))
            lost = lost_with_file(connection, facts) if first == 1 else []  # the new file's first report tells it
            rows = rows_of([*lost, *facts], first, today, hours)
            held = self._held_bytes + store_rows(connection, rows)
            dropped = self._drop(connection, held, today) if facts else []
            told = rows_of(gap_facts(dropped, facts), first + len(rows), today, hours)
            held += store_rows(connection, told) - sum(one.freed_bytes for one in dropped)
            following = first + len(rows) + len(told)
            waiting = self._waiting + following - first - sum(one.count for one in dropped)
            connection.execute("UPDATE numbering SET next_seq = ?, waiting = ?", (following, waiting))
            store_marks(connection, remember)
            if lost:
                connection.execute("DELETE FROM marks WHERE name = ?", (LOST_WITH_FILE,))
        if epochs is not None:
            self.epochs.note_begun(epochs)
            self._agreed = first - 1
        self._next_seq, self._waiting, self._held_bytes, self._aged_on = following, waiting, held, today
        for one in dropped:
            log.warning("reports.dropped count=%d reason=%s", one.count, one.reason)
        return range(first + len(lost), first + len(rows))

    def after(self, seq: int, *, bytes_max: int, count_max: int) -> list[tuple[int, bytes]]:
        """The next stored reports above seq, encoded, within both limits; always at least one where there is any.

        A byte more is counted for each, the comma between them.
        """
        found: list[tuple[int, bytes]] = []
        size = 0
        with self._reading() as connection:
            asked = "SELECT seq, body FROM reports WHERE seq > ? ORDER BY seq LIMIT ?"
            for number, body in connection.execute(asked, (seq, count_max)):
                size += len(body) + 1
                if found and size > bytes_max:
                    break
                found.append((number, body))
        return found

    def acknowledge(self, epoch: str, kept: Sequence[tuple[int, int]], refused: Sequence[tuple[int, str]]) -> int:
        """Let go of what the collector has kept (inclusive ranges) or refused; returns the rows removed.

        Only numbers of this epoch are touched: an ack of an epoch that nothing here belongs to removes nothing.
        """
        if (found := self.epochs.find(epoch)) is None:
            return 0
        if epoch == self.epoch:
            self._agreed = self.newest
        with self._writing() as connection:
            removed, freed = delete_rows(connection, found.own([*kept, *((seq, seq) for seq, _ in refused)]))
            if removed:
                connection.execute("UPDATE numbering SET waiting = ?", (self._waiting - removed,))
        self._waiting -= removed
        self._held_bytes -= freed
        return removed

    def part(self) -> None:
        """The collector knows more of this run than it numbered: its memory was set back, as with a snapshot.

        What was numbered since the collector's last ack gets a new epoch, and all that follows.
        """
        has_numbered = self.epochs.is_begun and self._agreed < self.newest
        self.epochs.begin()
        if has_numbered:
            with self._writing() as connection:
                known = write_epoch(connection, self.epochs.fresh(self._agreed + 1))
            self.epochs.note_begun(known)
        self.generation += 1

    def next_session(self) -> int:
        """A number one higher than the last, kept on disk."""
        with self._writing() as connection:
            connection.execute("UPDATE numbering SET session = session + 1")
            (session,) = connection.execute("SELECT session FROM numbering").fetchone()
        return int(session)

    def recall(self, name: str) -> str | None:
        """What was remembered under this name, or None."""
        with self._reading() as connection:
            found = connection.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def remember(self, name: str, value: str) -> None:
        """Keep a value under a name, such as how far a log was read."""
        with self._writing() as connection:
            store_marks(connection, {name: value})

    def waiting(self) -> int:
        """How many reports are not yet acknowledged. Costs nothing."""
        return self._waiting

    def _open(self) -> None:
        connection = open_file(self._path)
        self._connection = connection
        self._load(connection)

    def _load(self, connection: sqlite3.Connection) -> None:
        self.epochs = Epochs(read_epochs(connection))
        (self._next_seq,) = connection.execute("SELECT next_seq FROM numbering").fetchone()
        self._agreed = self.newest
        self.generation += 1
        self._waiting, self._held_bytes = connection.execute(
            "SELECT count(*), coalesce(sum(length(body) + ?), 0) FROM reports", (ROW_BYTES,)
        ).fetchone()
        self._aged_on = -1

    def _begin_anew(self) -> None:
        self._close()
        try:
            aside = set_aside(self._path)
            known = known_loss(aside)
            self._open()
            if known is not None:
                self.remember(LOST_WITH_FILE, " ".join(map(str, known)))
        except (sqlite3.Error, OSError) as error:
            raise unusable(self._path, error) from error
        log.error("outbox.set_aside path=%s known_lost=%d", aside, known[2] if known else 0)

    def _drop(self, connection: sqlite3.Connection, held: int, today: int) -> list[Dropped]:
        looked_at = None if today == self._aged_on else today  # reading every row's age once a day is enough
        limits = {"bytes_max": self._bytes_max, "age_days_max": self._age_max_days}
        return drop(connection, held_bytes=held, today=looked_at, **limits)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection, transaction(connection):
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self._is_started:
            raise OutboxError(f"the outbox {self._path} is not open: start it first")
        if self._connection is None:  # the disk was full when it should have been opened
            self.start()
        assert self._connection is not None
        with using(self._path, self._begin_anew):
            yield self._connection
