"""What a night costs a whole district: processor time, memory, rows read and written, and what acks beside it wait.

A store is filled with the facts of 300 days of two school years: an active day, a start and a battery reading a device
and day, 1.3 incidents a device and year. The first night judges it; one more day is told through ingest's own keeper,
by one device in fifty of last week too; the second night judges what that changed, in a process of its own, while a
report is kept every 20 ms. PostgreSQL beside SQLite where it is installed.

DEVICES="5000 25000" chooses the sizes, ROLLCALL_BENCH=quick takes 1,000 and 2,500, ONLY=sqlite leaves PostgreSQL out.
BENCH_STORES names a folder in which the filled SQLite stores stay, or are found; each run works on a copy.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

import psutil
from sqlalchemy import Engine

from rollcall_collector.judging.one_device import judge_new_failures
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.instants import to_day, to_us
from rollcall_collector.store.keeping import Keeper
from rollcall_collector.store.keeping.checked import Accepted, Checked
from rollcall_collector.store.publishers.registry import KnownPublisher, Registry
from rollcall_wire import Boot, Failure, Report, Vitals
from tests.benchmarks.ingest import cpu_seconds
from tests.support.fleets.filled_once import filled_once
from tests.support.fleets.school_years import DAY_US, fill
from tests.support.postgresql import Cluster
from tests.support.require import find

SIZES = (1_000, 2_500) if os.environ.get("ROLLCALL_BENCH") == "quick" else (5_000, 25_000)
GOALS = {25_000: (15, 400), 100_000: (60, 1_000)}
"""Processor seconds and MB of a second night on SQLite."""
NOW = datetime(2026, 6, 15, 2, tzinfo=UTC)
LATE = 50
"""One device in so many tells of a day of last week only now."""
COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
EPOCH = "bench" + "0" * 11
_NIGHT = """
import json, os, resource, sys, time
from datetime import datetime
from rollcall_collector.cli.parts import night
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.store.database import open_database, spare_memory

os.nice(10)
engine = open_database(sys.argv[1])
spare_memory(engine)
night.spare_the_system()
began = time.monotonic()
done = judge_fleet(engine, datetime.fromisoformat(sys.argv[2]))
spent = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
io = dict(line.split(": ") for line in open("/proc/self/io").read().splitlines())
print(json.dumps({
    "cpu": spent.ru_utime + spent.ru_stime, "peak": int(peak.split()[1]) / 1e3, "wall": time.monotonic() - began,
    "read": int(io["rchar"]) / 1e6, "written": int(io["wchar"]) / 1e6, "opened": done.opened, "closed": done.closed,
}))
"""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What one night cost: processor seconds (the server's apart), peak MB, seconds, MB read and written, flags."""

    cpu: float
    server: float
    peak: float
    wall: float
    read: float
    written: float
    opened: int
    closed: int


def main() -> None:
    """Each size on each database, then how it grows."""
    sizes = [int(one) for one in os.environ.get("DEVICES", "").split()] or list(SIZES)
    second: dict[tuple[str, int], Spent] = {}
    for size in sizes:
        folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-", dir=os.environ.get("BENCH_FOLDER")))
        try:
            stores = Path(os.environ.get("BENCH_STORES", folder))
            kept = filled_once(stores / f"night-{size}.sqlite3", partial(fill, devices=size, now=NOW))
            store = shutil.copyfile(kept, folder / "fleet.sqlite3")
            second["SQLite", size] = _measure(f"sqlite:///{store}", size, None)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        programs = find("postgresql")
        if programs is not None and "sqlite" not in os.environ.get("ONLY", ""):
            cluster = Cluster(programs, is_durable=True)
            try:
                cluster.start()
                url = cluster.fresh_database()
                _fill(url, size)
                second["PostgreSQL", size] = _measure(url, size, cluster)
            finally:
                cluster.stop()
    for (database, size), spent in second.items():
        small = second[database, sizes[0]]
        print(
            f"{database:<11}{size:>8,} devices: second night x{spent.cpu / small.cpu:.1f} processor time, "
            f"x{spent.peak / small.peak:.1f} memory of {sizes[0]:,}'s; {1e3 * spent.cpu / size:.2f} ms a device"
        )


def _fill(url: str, size: int) -> None:
    began, engine = time.perf_counter(), open_database(url)
    migrate(engine)
    fill(engine, devices=size, now=NOW)
    engine.dispose()
    print(f"{size:,} devices filled in {time.perf_counter() - began:.0f} s")


def _measure(url: str, size: int, cluster: Cluster | None) -> Spent:
    engine = open_database(url)
    migrate(engine)
    print(f"\n{size:,} devices on {engine.dialect.name}")
    first = judge_apart(url, NOW, cluster)
    _print("first night", first, first)
    _print("again at once, nothing new", judge_apart(url, NOW, cluster), first)
    began = time.process_time()
    told = _tell_a_day(engine, size)
    print(f"  one more day told: {told:,} reports, {1e6 * (time.process_time() - began) / told:.0f} µs each")
    with _Teller(engine) as teller:
        alone = teller.listen(seconds=20)
        spent = judge_apart(url, NOW + timedelta(days=1), cluster)
        beside = teller.taken()
    _print("second night", spent, first, GOALS.get(size) if cluster is None else None)
    p99 = _p99(beside) / _p99(alone)
    print(
        f"  a report is kept in {_p99(alone):.0f} ms (p99; median {statistics.median(alone):.1f}) without a night, in "
        f"{_p99(beside):.0f} ms (median {statistics.median(beside):.1f}, most {max(beside):.0f}) beside it: x{p99:.2f}"
    )
    judge_new_failures(engine, NOW + timedelta(days=1))
    engine.dispose()
    return spent


def _print(what: str, spent: Spent, first: Spent, goal: tuple[int, int] | None = None) -> None:
    server = f" and the server {spent.server:.1f} s" if spent.server else ""
    held = ""
    if goal is not None:
        is_held = spent.cpu <= goal[0] and spent.peak <= goal[1]
        held = f"  goal {goal[0]} s, {goal[1]} MB: {'reached' if is_held else 'MISSED'}"
    print(
        f"  {what:<28}{spent.cpu:7.1f} s of processor time{server} (x{spent.cpu / first.cpu:.2f}), peak "
        f"{spent.peak:,.0f} MB, {spent.wall:.0f} s; read {spent.read:,.0f} MB, wrote {spent.written:,.0f} MB; "
        f"{spent.opened} opened, {spent.closed} closed{held}",
        flush=True,
    )


def judge_apart(url: str, now: datetime, cluster: Cluster | None = None) -> Spent:
    """Judge the store as a night does, in a process of its own; what its PostgreSQL spent is told where it has one."""
    servers = [] if cluster is None else [psutil.Process(cluster.pid)]
    before = cpu_seconds(servers)
    done = subprocess.run(
        [sys.executable, "-c", _NIGHT, url, now.isoformat()], env=COMPILED, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-3_000:]
    said = json.loads(done.stdout.splitlines()[-1])
    return Spent(**said, server=cpu_seconds(servers) - before)


def _tell_a_day(engine: Engine, size: int) -> int:
    registry, keeper = Registry(engine), Keeper(engine)
    registry.refresh()
    told = 0
    everybody = registry.publishers()
    for start in range(0, size, 100):
        batch = keeper.batch(to_us(NOW) + 12 * 3_600_000_000)
        for publisher in everybody[start : start + 100]:
            accepted = list(_day_of(publisher))
            told += len(accepted)
            batch.add(publisher, Checked(epoch=EPOCH, accepted=accepted, refused=()))
        keeper.keep(batch)
    keeper.forget()
    return told


def _day_of(publisher: KnownPublisher) -> Iterator[Accepted]:
    """A start and three vitals of today, a failure of some, and of a few what they did not tell last week."""
    assert publisher.device is not None
    key, today = publisher.device.key, to_day(NOW.date())
    bodies: list[tuple[int, Boot | Vitals | Failure]] = [
        (today, _boot(key, today)),
        *((today, _vitals(nth)) for nth in range(3)),
    ]
    if key % LATE == 0:
        bodies += [(today - 4, _boot(key, today - 4)), (today - 4, _vitals(0))]
    if key % 400 == 0:
        bodies.append(
            (today, Failure(channel="crash", code="stop_error", occurred_at=_at(today), count=1, evidence={}))
        )
    for seq, (on, body) in enumerate(bodies, 1):
        us = on * DAY_US + 36_000_000_000 + seq
        yield (
            Report(seq=seq, device_id=publisher.name, recorded_at=_at(on), precision="second", body=body),
            publisher.device,
            us,
            us,
        )


def _at(on: int) -> datetime:
    return datetime.fromtimestamp(on * 86_400 + 36_000, UTC)


def _boot(key: int, on: int) -> Boot:
    return Boot(
        boot_id=f"{key}+{on}",
        booted_at=_at(on),
        source="simulator",
        start_kind="full",
        to_login_seconds=20 + (key * 37 + on) % 50 / 10,
        os_version="10.7",
        previous_stop="clean",
        stop_cause="user",
    )


def _vitals(nth: int) -> Vitals:
    return Vitals(
        battery_level_percent=60.0 - 10 * nth,
        battery_full_wh=45.0,
        battery_design_wh=50.0,
        media_errors=0,
        awake_seconds=3_600.0,
    )


class _Teller:
    """Keeps a report every 20 ms as ingest does, and notes how many milliseconds each took to be committed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._taken: list[float] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._tell)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def listen(self, *, seconds: float) -> list[float]:
        """What it took in so many seconds."""
        time.sleep(seconds)
        return self.taken()

    def taken(self) -> list[float]:
        """What it took since this was last asked."""
        taken, self._taken = self._taken, []
        return taken

    def _tell(self) -> None:
        registry, keeper = Registry(self._engine), Keeper(self._engine)
        registry.refresh()
        everybody = registry.publishers()
        on, turn = to_day(NOW.date()) + 1, 0
        while not self._is_over.wait(0.02):
            publisher = everybody[turn % len(everybody)]
            turn += 1
            us = on * DAY_US + 36_000_000_000 + turn
            report = Report(
                seq=1_000 + turn, device_id=publisher.name, recorded_at=_at(on), precision="second", body=_vitals(0)
            )
            assert publisher.device is not None
            began = time.perf_counter()
            batch = keeper.batch(us)
            batch.add(publisher, Checked(epoch=EPOCH, accepted=[(report, publisher.device, us, us)], refused=()))
            keeper.keep(batch)
            self._taken.append(1e3 * (time.perf_counter() - began))
        keeper.forget()


def _p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[98]


if __name__ == "__main__":
    main()
