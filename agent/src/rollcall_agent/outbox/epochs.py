"""Knows which run of the agent numbered what, so that two copies of one outbox never give a number twice.

A state folder may be an older copy of itself: a lab that resets at every start, a restored snapshot, a cloned disk.
So no run goes on numbering under a name that it finds on the disk: each draws an epoch of its own, which no copy can
know, and writes it down with its first report. What was numbered before the copy was made keeps its epoch and its
number, and is known as a repeat whichever copy brings it.
"""

import secrets
import sqlite3
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

SEQ_MAX = 2**53
Span = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Epoch:
    """The numbers that one run gave, both ends included; `follows` is the run before it in this file."""

    name: str
    follows: str | None
    first_seq: int
    last_seq: int = SEQ_MAX

    def own(self, spans: Sequence[Span]) -> list[Span]:
        """The parts of these ranges that this run numbered."""
        cut = [(max(first, self.first_seq), min(last, self.last_seq)) for first, last in spans]
        return [(first, last) for first, last in cut if first <= last]


class Epochs:
    """The epochs of one file, as they were read. `name` is that of this run; it is written with its first report."""

    def __init__(self, known: Sequence[Epoch]) -> None:
        self._known = list(known)
        self.begin()

    @property
    def newest(self) -> str:
        """The last epoch that the file holds."""
        return self._known[-1].name

    def begin(self) -> None:
        """From the next report on, number under a new name."""
        self.name = secrets.token_hex(8)
        self.is_begun = False

    def fresh(self, first_seq: int) -> Epoch:
        """This run's epoch, to be written before it gives this number."""
        return Epoch(name=self.name, follows=self.newest, first_seq=first_seq)

    def note_begun(self, known: Sequence[Epoch]) -> None:
        """This run's epoch is written; these are all of the file now."""
        self._known = list(known)
        self.is_begun = True

    def of(self, seq: int) -> Epoch:
        """The epoch of a report that is stored."""
        return self._known[bisect_right(self._known, seq, key=lambda one: one.first_seq) - 1]

    def find(self, name: str) -> Epoch | None:
        """The epoch of this name; None where nothing of it waits any more, or it speaks of another file."""
        return next((one for one in reversed(self._known) if one.name == name), None)


def read_epochs(connection: sqlite3.Connection) -> list[Epoch]:
    """The file's epochs, oldest first; there is always one."""
    rows = connection.execute("SELECT name, follows, first_seq FROM epochs ORDER BY first_seq").fetchall()
    lasts = [row[2] - 1 for row in rows[1:]] + [SEQ_MAX]
    return [
        Epoch(name=name, follows=follows, first_seq=first, last_seq=last)
        for (name, follows, first), last in zip(rows, lasts, strict=True)
    ]


def write_epoch(connection: sqlite3.Connection, epoch: Epoch) -> list[Epoch]:
    """Write an epoch down and forget those of which nothing waits; returns what the file holds then."""
    connection.execute(
        "INSERT OR REPLACE INTO epochs (first_seq, name, follows) VALUES (?, ?, ?)",
        (epoch.first_seq, epoch.name, epoch.follows),
    )
    known = read_epochs(connection)
    for one in known[:-1]:
        asked = "SELECT EXISTS (SELECT 1 FROM reports WHERE seq BETWEEN ? AND ?)"
        if connection.execute(asked, (one.first_seq, one.last_seq)).fetchone() == (0,):
            connection.execute("DELETE FROM epochs WHERE first_seq = ?", (one.first_seq,))
    return read_epochs(connection)
