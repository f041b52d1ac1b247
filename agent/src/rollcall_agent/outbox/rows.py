"""Turns what a source found into rows: numbered, rounded for privacy, written as it will be sent."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rollcall_agent.outbox.limits import ROW_BYTES, Dropped, rank_of
from rollcall_wire import Body, Gap, Report, SchoolHours
from rollcall_wire.encoding import encode
from rollcall_wire.privacy import coarsen_report

Row = tuple[int, int, int, bytes]
"""seq, rank, the day it was added, the encoded report."""

LOST_WITH_FILE = "lost with the damaged file"
"""The mark under which a new file remembers what is known to be lost with the damaged one before it."""
_FIRST_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A body with the device it is about and the instant it was recorded, not yet numbered."""

    device_id: str
    recorded_at: datetime
    body: Body


def rows_of(facts: Sequence[Fact], first: int, today: int, hours: SchoolHours | None) -> list[Row]:
    """The facts numbered from `first`, each as it will be sent. Raises ValueError on NaN, or without a zone."""
    rows: list[Row] = []
    for seq, fact in enumerate(facts, first):
        report = Report(seq=seq, device_id=fact.device_id, recorded_at=fact.recorded_at, body=fact.body)
        rows.append((seq, rank_of(fact.body), today, encode(coarsen_report(report, hours))))
    return rows


def store_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
    """Insert the rows; returns what they weigh."""
    connection.executemany("INSERT INTO reports (seq, rank, added_on, body) VALUES (?, ?, ?, ?)", rows)
    return sum(len(row[3]) for row in rows) + ROW_BYTES * len(rows)


def delete_rows(connection: sqlite3.Connection, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Delete inclusive ranges of seq; returns how many rows that were, and what they weighed."""
    removed = freed = 0
    for span in spans:
        count, size = connection.execute(
            "SELECT count(*), coalesce(sum(length(body)), 0) FROM reports WHERE seq BETWEEN ? AND ?", span
        ).fetchone()
        if count:
            connection.execute("DELETE FROM reports WHERE seq BETWEEN ? AND ?", span)
        removed, freed = removed + count, freed + size + ROW_BYTES * count
    return removed, freed


def store_marks(connection: sqlite3.Connection, marks: Mapping[str, str]) -> None:
    """Remember values under their names."""
    connection.executemany("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)", tuple(marks.items()))


def gap_facts(dropped: Sequence[Dropped], facts: Sequence[Fact]) -> list[Fact]:
    """What was dropped, as facts of the device that spoke last: on a PC the only one."""
    return [
        told_gap(Gap(first_seq=one.first_seq, last_seq=one.last_seq, count=one.count, reason=one.reason), facts)
        for one in dropped
    ]


def lost_with_file(connection: sqlite3.Connection, facts: Sequence[Fact]) -> list[Fact]:
    """What is known to be lost with a damaged file, to be told before these facts; empty where nothing is."""
    found = connection.execute("SELECT value FROM marks WHERE name = ?", (LOST_WITH_FILE,)).fetchone()
    if found is None or not facts:
        return []
    first, last, count = map(int, found[0].split())
    return [told_gap(Gap(first_seq=first, last_seq=last, count=count, reason="damaged"), facts)]


def told_gap(gap: Gap, facts: Sequence[Fact]) -> Fact:
    """The gap, told with the device and the instant of the last of these facts."""
    return Fact(device_id=facts[-1].device_id, recorded_at=facts[-1].recorded_at, body=gap)


def day_of(at: datetime) -> int:
    """Days since 1970-01-01, in UTC."""
    return at.astimezone(UTC).toordinal() - _FIRST_DAY
