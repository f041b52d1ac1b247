"""What it costs ingest to know who may speak, and how long acks wait for it: with 25,000 and with 100,000 devices.

A real collector on SQLite and Mosquitto; a device reports each 50 ms while others of the store move, as another process
writes it. DEVICES="5000" chooses the sizes; ROLLCALL_BENCH=quick takes a tenth.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import psutil
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.tables import devices, sites
from tests.benchmarks.ingest import broker, collector
from tests.support.listening import RawPublisher, device_id, enroll, message, vitals
from tests.support.require import find
from tests.support.wait import wait_for

IS_QUICK = os.environ.get("ROLLCALL_BENCH") == "quick"
SIZES = (2_500, 10_000) if IS_QUICK else (25_000, 100_000)
QUIET_SECONDS = 10 if IS_QUICK else 70
NEWS_SECONDS = 10
MANY = 5_000
IDLE_SECONDS = 20
LOOKS = 20
EACH_SECONDS = 0.05


def main() -> None:
    mosquitto = find("mosquitto")
    if mosquitto is None:
        print("skipped: mosquitto is not installed here")
        return
    for size in map(int, os.environ.get("DEVICES", "").split() or SIZES):
        folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
        try:
            with broker(mosquitto, folder) as port:
                _measure(f"sqlite:///{folder / 'store.sqlite3'}", port, size)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _measure(url: str, port: int, size: int) -> None:
    engine = open_database(url)
    migrate(engine)
    enroll(engine, size)
    with engine.begin() as connection:
        connection.execute(sites.insert(), [{"site": 2, "name": "Elm School", "zone": "Europe/Berlin"}])
    registry = Registry(engine)
    whole = _seconds(registry.refresh)
    looks = [_seconds(registry.refresh) for _ in range(LOOKS)]
    one = _move(engine, 2)
    after_one = _seconds(registry.refresh)
    print(f"\n{size:,} devices: all are read in {whole:.2f} s; a look without news {_ms(statistics.median(looks))},")
    print(f"  after one of {one} moved {_ms(after_one)}")
    with collector(port, url) as child, RawPublisher(host="127.0.0.1", port=port, name=device_id(1)) as publisher:
        wait_for(lambda: publisher.settings, seconds=120, what="its settings")
        seqs = count(1)
        first = _waits(publisher, seqs, NEWS_SECONDS)
        quiet = _waits(publisher, seqs, QUIET_SECONDS)
        _move(engine, 3)
        news = _waits(publisher, seqs, NEWS_SECONDS)
        _move(engine, *range(4, 4 + min(MANY, size // 2)))
        many = _waits(publisher, seqs, NEWS_SECONDS)
        idle = _idle_percent(child)  # last: by now everybody has been told their settings
    print(f"  a collector to whom nobody speaks: {idle:.1f} % of a core")
    for what, waits in (
        ("all are told first", first),
        ("nothing changes", quiet),
        ("one moves", news),
        (f"{min(MANY, size // 2):,} move", many),
    ):
        print(f"  acks where {what:<18} median {_ms(statistics.median(waits))}, longest {_ms(max(waits))}")
    engine.dispose()


def _seconds(done: Callable[[], object]) -> float:
    began = time.perf_counter()
    done()
    return time.perf_counter() - began


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.2f} ms"


def _move(engine: Engine, *numbers: int) -> int:
    """Move these devices to the other site."""
    with engine.begin() as connection:
        chosen = sa.update(devices).where(devices.c.device.between(min(numbers), max(numbers)))
        return connection.execute(chosen.values(site=2)).rowcount


def _idle_percent(child: psutil.Process) -> float:
    before = child.cpu_times()
    time.sleep(IDLE_SECONDS)
    after = child.cpu_times()
    return (after.user + after.system - before.user - before.system) / IDLE_SECONDS * 100


def _waits(publisher: RawPublisher, seqs: "count[int]", seconds: float) -> list[float]:
    """How long each ack took, in seconds: one report after the other."""
    waits: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        seq, began = next(seqs), time.perf_counter()
        publisher.send(message(publisher.name, [vitals(seq, publisher.name)]))
        wait_for(partial(_is_kept, publisher, seq), seconds=60, what="an ack")
        waits.append(time.perf_counter() - began)
        time.sleep(EACH_SECONDS)
    return waits


def _is_kept(publisher: RawPublisher, seq: int) -> bool:
    return bool(publisher.acks) and publisher.acks[-1].kept == ((seq, seq),)
