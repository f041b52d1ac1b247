"""How many reports one collector keeps and acknowledges a second, beside `mosquitto_sub` that only reads them.

Each round fills the broker with the same messages while the reader stands still (SIGSTOP), then lets it run and times
it until everything is done: for `mosquitto_sub` until it has read the last message, for the collector until every
report is committed to the disk and its ack has arrived. What is stored is counted afterwards and must be what was sent.
ROLLCALL_BENCH=quick takes a tenth of everything.
"""

import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import sqlalchemy as sa

from rollcall_collector.ingest.validate import Validator
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.keeping import Keeper
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.tables import device_days
from tests.support.brokers.mosquitto import free_port
from tests.support.brokers.traffic import messages, pour
from tests.support.listening import enroll
from tests.support.postgresql import Cluster
from tests.support.require import find
from tests.support.wait import wait_for

IS_QUICK = os.environ.get("ROLLCALL_BENCH") == "quick"
DEVICES = 1_000
SINGLE_ROUNDS, PACKED_ROUNDS = (10, 2) if IS_QUICK else (100, 20)
PACKED = 20
KEPT_BEFORE = 300_000 if IS_QUICK else 3_000_000
REPEATS = 1 if IS_QUICK else 3
GOALS = {1: (50_000, 30_000), PACKED: (100_000, 60_000)}
"""Reports a second on a quiet machine with two cores, singly and packed: into an empty store, and into a full one."""
BEFORE_SECONDS = 400 * 86_400
BACKLOG_SECONDS = 60 * 86_400
_ACK = re.compile(rb"^rollcall/v1/[^/]+/([^/]+)/acks (.*)$", re.MULTILINE)
_RANGE = re.compile(rb"\[(\d+),(\d+)\]")
_COLLECT = """
import argparse, sys
from rollcall_collector.cli.ingest import VERBS
from rollcall_collector.config import read_settings
sys.exit(VERBS[0].run(argparse.Namespace(share="1/1", verbose=False), read_settings(None)))
"""

Traffic = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, kw_only=True)
class Result:
    """Microseconds of processor time a report: the reader's own, and its database server's."""

    reports_a_second: float
    cpu_us: float
    server_us: float = 0.0


def main() -> None:
    mosquitto, subscriber = find("mosquitto"), find("mosquitto_sub")
    if mosquitto is None or subscriber is None:
        print("skipped: mosquitto and mosquitto_sub are not both installed here")
        return
    folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
    try:
        with broker(mosquitto, folder) as port:
            _compare(folder, port, subscriber)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compare(folder: Path, port: int, subscriber: Path) -> None:
    print(f"disk: fdatasync of 4 KiB takes {_flush_us(folder):,.0f} µs (median); {os.cpu_count()} cores")
    print(f"mix: of 16 reports 14 vitals, 1 boot, 1 failure; {DEVICES:,} devices; medians of {REPEATS}")
    full = _full_store(folder)
    for each, rounds, goals in ((1, SINGLE_ROUNDS, GOALS[1]), (PACKED, PACKED_ROUNDS, GOALS[PACKED])):
        print(f"\n{each} report(s) a message, {DEVICES * rounds:,} messages")
        floors, empties, fulls, servers = [], [], [], []
        for repeat in range(REPEATS):
            epoch = f"{each:08d}{repeat:08d}"
            starts_at = time.time() - BACKLOG_SECONDS
            traffic = list(messages(devices=DEVICES, each=each, rounds=rounds, epoch=epoch, starts_at=starts_at))
            floors.append(drain(port, subscriber, traffic, each))
            empties.append(collect(port, subscriber, fresh(folder), traffic, each))
            fulls.append(collect(port, subscriber, _copy(full, folder), traffic, each))
            servers += _collect_on_postgresql(port, subscriber, traffic, each)
        floor = median(floors)
        _print("mosquitto_sub, only reading", floor, floor)
        _print("collector, empty SQLite", median(empties), floor, goals[0])
        _print(f"collector, SQLite with {KEPT_BEFORE:,} reports", median(fulls), floor, goals[1])
        if servers:
            _print("collector, empty PostgreSQL", median(servers), floor)


def _print(name: str, result: Result, floor: Result, goal: int = 0) -> None:
    ratio = result.reports_a_second / floor.reports_a_second
    wanted = f"  goal {goal:,}: {'reached' if result.reports_a_second >= goal else 'MISSED'}" if goal else ""
    server = f" + the server's {result.server_us:.1f}" if result.server_us else ""
    print(
        f"  {name:<44}{result.reports_a_second:>10,.0f}/s  x{ratio:.3f}  {result.cpu_us:6.1f}{server} µs CPU a report"
        f"{wanted}"
    )


def drain(port: int, subscriber: Path, traffic: Traffic, each: int) -> Result:
    """How fast the C client reads the same messages and does nothing with them."""
    reader = subprocess.Popen(
        [subscriber, "-p", str(port), "-q", "1", "-t", "rollcall/v1/+/+/reports", "-C", str(len(traffic))],
        stdout=subprocess.DEVNULL,
    )
    wait_for_subscription(reader.pid)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with frozen(reader.pid):
        pour(port, traffic)
        began = time.perf_counter()
    assert reader.wait(300) == 0
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    count = len(traffic) * each
    return Result(reports_a_second=count / seconds, cpu_us=spent / count * 1e6)


def collect(
    port: int, subscriber: Path, url: str, traffic: Traffic, each: int, *, cluster: Cluster | None = None
) -> Result:
    """How fast the collector commits and acknowledges them; its acks are read by another C client."""
    count = len(traffic) * each
    before = stored(url)
    with collector(port, url) as child, acks(port, subscriber) as acked:
        with frozen(child.pid):
            pour(port, traffic)
            stop = watch(child.pid, count, cluster)
        wait_for(lambda: acked() >= count, seconds=300, what=f"the acks of {count:,} reports")
        result = stop()
        assert acked() == count
    assert stored(url) - before == count, f"{stored(url) - before:,} stored of {count:,}"
    return result


def watch(pid: int, count: int, cluster: Cluster | None) -> Callable[[], Result]:
    """From now on measures what a reader of so many reports spends, and its database server; called at their end."""
    reader, server = [psutil.Process(pid)], [psutil.Process(cluster.pid)] if cluster else []
    own, serving, began = cpu_seconds(reader), cpu_seconds(server), time.perf_counter()
    return lambda: Result(
        reports_a_second=count / (time.perf_counter() - began),
        cpu_us=(cpu_seconds(reader) - own) / count * 1e6,
        server_us=(cpu_seconds(server) - serving) / count * 1e6,
    )


def _collect_on_postgresql(port: int, subscriber: Path, traffic: Traffic, each: int) -> list[Result]:
    programs = find("postgresql")
    if programs is None:
        return []
    with postgresql(programs) as cluster:
        url = cluster.fresh_database()
        enroll_all(url)
        return [collect(port, subscriber, url, traffic, each, cluster=cluster)]


@contextmanager
def postgresql(programs: Path) -> Iterator[Cluster]:
    """A server that keeps its promises to the disk."""
    cluster = Cluster(programs, is_durable=True)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@contextmanager
def collector(port: int, url: str) -> Iterator[psutil.Process]:
    environment = {**os.environ, "ROLLCALL_DATABASE": url, "ROLLCALL_BROKER__PORT": str(port), "ROLLCALL_LOG": "json"}
    child = subprocess.Popen([sys.executable, "-c", _COLLECT], env=environment, stderr=subprocess.PIPE)
    assert child.stderr is not None
    try:
        line = child.stderr.readline()
        assert b"broker.connected" in line, line
        time.sleep(1)  # what every start does besides: settings to a thousand devices
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        rest = child.communicate(timeout=30)[1]
        assert b"troubled" not in rest, rest[-2_000:]


@contextmanager
def acks(port: int, subscriber: Path) -> Iterator["AckCount"]:
    with tempfile.TemporaryFile() as told:
        reader = subprocess.Popen(
            [subscriber, "-v", "-p", str(port), "-q", "1", "-t", "rollcall/v1/+/+/acks"], stdout=told
        )
        try:
            wait_for_subscription(reader.pid)
            yield AckCount(told.fileno())
        finally:
            reader.kill()
            reader.wait(10)


class AckCount:
    """Counts the acknowledged reports in a growing file."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._place = 0
        self._count = 0
        self.of_publisher: Counter[str] = Counter()

    def __call__(self) -> int:
        found = os.pread(self._file, 1 << 26, self._place)
        whole = found.rfind(b"\n") + 1
        self._place += whole
        for publisher, rest in _ACK.findall(found, 0, whole):
            count = sum(int(last) - int(first) + 1 for first, last in _RANGE.findall(rest))
            self.of_publisher[publisher.decode()] += count
            self._count += count
        return self._count


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def broker(program: Path, folder: Path, *, in_flight: int = 200) -> Iterator[int]:
    port = free_port()
    conf = folder / "mosquitto.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_type none\nset_tcp_nodelay true\n"
        f"max_inflight_messages {in_flight}\nmax_queued_messages 10000000\n"
    )
    child = subprocess.Popen([program, "-c", conf], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield port
    finally:
        child.kill()
        child.wait(10)


def _full_store(folder: Path) -> Path:
    """A store that keeps a school year already, written by the collector's own hand."""
    began = time.perf_counter()
    file = folder / "full.sqlite3"
    url = f"sqlite:///{file}"
    enroll_all(url)
    engine = open_database(url)
    registry = Registry(engine)
    registry.refresh()
    validator, keeper = Validator(registry.device), Keeper(engine)
    rounds = KEPT_BEFORE // DEVICES // 60
    now_us = int(time.time() * 1e6)
    year = messages(
        devices=DEVICES, each=60, rounds=rounds, epoch="aaaaaaaaaaaaaaaa", starts_at=time.time() - BEFORE_SECONDS
    )
    batch = keeper.batch(now_us)
    for number, (name, payload) in enumerate(year, 1):
        publisher = registry.publisher(name)
        assert publisher is not None
        batch.add(publisher, validator.read(payload, publisher, now_us))
        if number % 500 == 0:
            keeper.keep(batch)
            batch = keeper.batch(now_us)
    keeper.keep(batch)
    keeper.forget()
    engine.dispose()
    assert stored(url) == KEPT_BEFORE
    print(
        f"store with {KEPT_BEFORE:,} reports: {file.stat().st_size / 1e6:,.0f} MB, {time.perf_counter() - began:.0f} s"
    )
    return file


def fresh(folder: Path) -> str:
    file = folder / "empty.sqlite3"
    for found in folder.glob("empty.sqlite3*"):
        found.unlink()
    enroll_all(f"sqlite:///{file}")
    return f"sqlite:///{file}"


def _copy(full: Path, folder: Path) -> str:
    for found in folder.glob("copy.sqlite3*"):
        found.unlink()
    shutil.copy(full, folder / "copy.sqlite3")
    os.sync()
    return f"sqlite:///{folder / 'copy.sqlite3'}"


def enroll_all(url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    enroll(engine, DEVICES)
    engine.dispose()


def stored(url: str) -> int:
    engine = open_database(url)
    with engine.connect() as connection:
        count = connection.execute(sa.select(sa.func.coalesce(sa.func.sum(device_days.c.reports), 0))).scalar_one()
    engine.dispose()
    return int(count)


def _flush_us(folder: Path) -> float:
    taken = []
    with (folder / "flush").open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(b"x" * 4_096)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1e6)
    return statistics.median(taken)


def wait_for_subscription(pid: int) -> None:
    wait_for(
        lambda: any(one.status == "ESTABLISHED" for one in psutil.Process(pid).net_connections()), what="connecting"
    )
    time.sleep(0.3)  # its SUBSCRIBE follows the connection at once, and nothing tells when it was heard


def cpu_seconds(spenders: Sequence[psutil.Process]) -> float:
    """What they spent so far, with every child they have or had: a database's sessions and writers."""
    spent = 0.0
    for parent in spenders:
        for one in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # its parent has what it spent
                times = one.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
    return spent


def median(results: Sequence[Result]) -> Result:
    return Result(
        reports_a_second=statistics.median(one.reports_a_second for one in results),
        cpu_us=statistics.median(one.cpu_us for one in results),
        server_us=statistics.median(one.server_us for one in results),
    )
