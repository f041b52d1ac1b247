"""An outbox as the agent of the last release left it: its tables, and reports that still wait."""

import sqlite3
from contextlib import closing
from pathlib import Path

EPOCH = "be96db9ab565e32f"
DEVICE = "d-0123456789ab"
_TABLES = """\
PRAGMA journal_mode = WAL;
PRAGMA user_version = 2;
CREATE TABLE reports (
    seq INTEGER PRIMARY KEY,
    rank INTEGER NOT NULL,
    added_on INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE numbering (next_seq INTEGER NOT NULL, waiting INTEGER NOT NULL, session INTEGER NOT NULL);
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE epochs (first_seq INTEGER PRIMARY KEY, name TEXT NOT NULL, follows TEXT);
"""
_REPORT = (
    '{{"seq":{seq},"device_id":"{device}","recorded_at":"2026-09-14T00:00:00+00:00","precision":"day",'
    '"body":{{"kind":"vitals","battery_level_percent":{level}.0}}}}'
)


def released_outbox(file: Path, waiting: int, *, device: str = DEVICE) -> None:
    """Write an outbox in which so many reports of release 0.1 wait, numbered from 1 in the run EPOCH."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob(f"{file.name}*"):
        old.unlink()
    with closing(sqlite3.connect(file)) as outbox:
        outbox.executescript(_TABLES)
        rows = [
            (seq, 0, 20_710, _REPORT.format(seq=seq, device=device, level=seq % 100).encode())
            for seq in range(1, waiting + 1)
        ]
        outbox.executemany("INSERT INTO reports VALUES (?, ?, ?, ?)", rows)
        outbox.execute("INSERT INTO numbering VALUES (?, ?, 3)", (waiting + 1, waiting))
        outbox.execute("INSERT INTO epochs VALUES (1, ?, 'f241fb1ed0db3149')", (EPOCH,))
        outbox.commit()
