"""What the outbox costs: numbering, rounding, encoding and keeping, against a plain insert of the same bytes."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from rollcall_agent.outbox import Fact, Outbox
from rollcall_wire import Boot, Failure, Report, SchoolHours, Vitals
from rollcall_wire.encoding import encode
from rollcall_wire.privacy import coarsen_report

NOW = datetime(2026, 3, 4, 10, 0, 5, tzinfo=UTC)
HOURS = SchoolHours(zone="Europe/Berlin")
DEVICE = "d-0123456789ab"
ROUNDS = 5
BATCHES = {1: 2_000, 500: 40_000}


def main() -> None:
    """Print adds a second for single reports and batches of 500, the bytes kept, and the disk's own speed."""
    facts = _facts(max(BATCHES))
    bodies = [body for _, body in _stored(facts)]
    print(f"a report is {sum(map(len, bodies)) / len(bodies):.0f} bytes (of 16: 14 vitals, 1 boot, 1 failure)")
    print(f"flushing 4 KiB to this disk takes {_flush_milliseconds():.2f} ms")
    print(
        f"encoding takes {_encode_microseconds(facts):.1f} us a report, rounding and encoding {_write_microseconds(facts):.1f}"
    )
    for batch, count in BATCHES.items():
        ours, plain = [], []
        for _ in range(ROUNDS):
            ours.append(_timed(partial(_add, facts=facts[:batch], count=count)))
            plain.append(_timed(partial(_insert, bodies=bodies[:batch], count=count)))
        rate, known = (count / median(ours), count / median(plain))
        print(
            f"batches of {batch:>3}: {rate:>9,.0f} reports/s ({1e6 / rate:.1f} us each); "
            f"plain insert {known:>9,.0f}/s; ratio {rate / known:.2f}"
        )


def _facts(count: int) -> list[Fact]:
    return [
        Fact(device_id=DEVICE, recorded_at=NOW - timedelta(minutes=number), body=_body(number))
        for number in range(count)
    ]


def _body(number: int) -> Vitals | Boot | Failure:
    if number % 16 == 1:
        return Boot(
            boot_id=f"boot-{number:08d}", booted_at=NOW, source="systemd", start_kind="full", firmware_seconds=6.5,
            kernel_seconds=3.2, userspace_seconds=9.9, to_login_seconds=21.7, os_version="Debian 12",
        )  # fmt: skip
    if number % 16 == 2:
        return Failure(channel="crash", code="app_crash", occurred_at=NOW, evidence={"value": float(number)})
    return Vitals(
        battery_level_percent=number % 101 + 0.5, is_charging=False, battery_full_wh=38.2, battery_design_wh=50.5,
        battery_cycles=412, storage_free_bytes=91_268_055_040 + number, storage_wear_percent=7.0, media_errors=0,
        unsafe_stops=23, temperature_max_celsius=68.5, awake_seconds=3600.0,
    )  # fmt: skip


def _stored(facts: Sequence[Fact]) -> list[tuple[int, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        outbox = Outbox(Path(folder) / "outbox.db")
        outbox.start()
        outbox.add_facts(facts, now=NOW, hours=HOURS)
        stored = outbox.after(0, bytes_max=1 << 40, count_max=len(facts))
        outbox.stop()
    return stored


def _timed(work: Callable[[Path], None]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        work(Path(folder) / "store.db")
        return time.perf_counter() - started


def _add(path: Path, *, facts: Sequence[Fact], count: int) -> None:
    outbox = Outbox(path)
    outbox.start()
    for _ in range(count // len(facts)):
        outbox.add_facts(facts, now=NOW, hours=HOURS)
    outbox.stop()


def _insert(path: Path, *, bodies: Sequence[bytes], count: int) -> None:
    """The same bytes with the same durability, and nothing else."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE reports (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        for _ in range(count // len(bodies)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO reports (body) VALUES (?)", ((body,) for body in bodies))
            connection.execute("COMMIT")


def _encode_microseconds(facts: Sequence[Fact]) -> float:
    reports = _reports(facts[:2_000])
    return _microseconds(lambda: [encode(report) for report in reports], len(reports))


def _write_microseconds(facts: Sequence[Fact]) -> float:
    reports = _reports(facts[:2_000])
    return _microseconds(lambda: [encode(coarsen_report(report, HOURS)) for report in reports], len(reports))


def _reports(facts: Sequence[Fact]) -> list[Report]:
    return [
        Report(seq=seq, device_id=fact.device_id, recorded_at=fact.recorded_at, body=fact.body)
        for seq, fact in enumerate(facts, 1)
    ]


def _microseconds(work: Callable[[], object], count: int) -> float:
    times = []
    for _ in range(ROUNDS * 4):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return median(times) / count * 1e6


def _flush_milliseconds() -> float:
    times = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(200):
            file.write(bytes(4096))
            file.flush()
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times) * 1e3
