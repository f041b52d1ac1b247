"""A school day of a whole state's devices in minutes: one collector keeps all of it, and how much memory that takes.

Each device starts at the bell and tells its vitals each hour until the last lesson; an hour begins as soon as every
report of the one before is kept. What was not is told again, as devices do: a broker that loses a reader loses messages. DEVICES=1000 chooses how many; ROLLCALL_BENCH=quick takes a tenth.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from rollcall_collector.store.database import migrate, open_database
from tests.benchmarks.ingest import Traffic, acks, broker, collector, cpu_seconds, stored
from tests.support.brokers.traffic import HOUR, messages, pour
from tests.support.listening import enroll
from tests.support.require import find

DEVICES = int(os.environ.get("DEVICES") or (10_000 if os.environ.get("ROLLCALL_BENCH") == "quick" else 100_000))
HOURS = 7
MEMORY_MB = 400
QUIET_SECONDS = 30.0
"""After so long without an ack devices tell again."""


def main() -> None:
    """Live the day, and count what is stored."""
    mosquitto, subscriber = find("mosquitto"), find("mosquitto_sub")
    if mosquitto is None or subscriber is None:
        print("skipped: mosquitto and mosquitto_sub are not both installed here")
        return
    folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
    try:
        url = f"sqlite:///{folder / 'store.sqlite3'}"
        engine = open_database(url)
        migrate(engine)
        enroll(engine, DEVICES)
        engine.dispose()
        with broker(mosquitto, folder) as port, collector(port, url) as child:
            _live(port, subscriber, url, child)
        print(f"  the store takes {sum(file.stat().st_size for file in folder.glob('store.sqlite3*')) / 1e6:,.0f} MB")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _live(port: int, subscriber: Path, url: str, child: psutil.Process) -> None:
    starts_at = time.time() // (24 * HOUR) * 24 * HOUR - 24 * HOUR
    before, began = cpu_seconds([child]), time.perf_counter()
    again = 0
    with acks(port, subscriber) as acked:
        for hour in range(HOURS):
            told = messages(
                devices=DEVICES, each=1, rounds=1, epoch="aaaaaaaaaaaaaaaa", starts_at=starts_at, first_round=hour
            )
            again += _tell_until_kept(port, list(told), url, acked, (hour + 1) * DEVICES)
        seconds, count = time.perf_counter() - began, acked()
    spent = cpu_seconds([child]) - before
    sent, peak = HOURS * DEVICES, _peak_mb(child)
    lost = sent - stored(url)
    print(
        f"{DEVICES:,} devices, {HOURS} hours of school in {seconds:,.0f} s: {sent:,} reports, {sent / seconds:,.0f}/s"
    )
    print(
        f"  {count:,} acks, {again:,} told again, {lost:,} lost; {spent / sent * 1e6:.0f} µs of processor time a report"
    )
    print(f"  memory at most {peak:,.0f} MB (goal {MEMORY_MB}: {'reached' if peak <= MEMORY_MB else 'MISSED'})")
    assert lost == 0


def _tell_until_kept(port: int, told: Traffic, url: str, acked: Callable[[], int], least: int) -> int:
    """Pour these in until so many reports are stored; returns how many messages were told more than once."""
    again = -len(told)
    while stored(url) < least:
        again += len(told)
        pour(port, told)
        seen, quiet_at = acked(), time.monotonic() + QUIET_SECONDS
        while time.monotonic() < quiet_at and stored(url) < least:  # acks that came twice count twice
            time.sleep(0.5)
            if (now := acked()) > seen:
                seen, quiet_at = now, time.monotonic() + QUIET_SECONDS
    return again


def _peak_mb(process: psutil.Process) -> float:
    """The most memory it ever had. Source: VmHWM of proc_pid_status(5)."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
