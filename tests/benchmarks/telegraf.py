"""What a report costs the collector, and Telegraf that keeps the same messages in the same databases; what a kill loses.

Each round fills a broker while the reader stands still, as `ingest` does, and lets it run until everything is written.
Telegraf makes a row of each report and knows none again; the collector adds it to its day, once however often it comes.
What counts is processor time, the reader's own and beside it PostgreSQL's; reports a second say something on a quiet
machine only. Then each is killed (SIGKILL) in the midst of single reports, and started again. ROLLCALL_BENCH=quick takes
a tenth.
"""

import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from rollcall_collector.store.database import open_database
from rollcall_collector.store.tables import device_days, devices
from tests.benchmarks.ingest import (
    BACKLOG_SECONDS,
    DEVICES,
    GOALS,
    PACKED,
    PACKED_ROUNDS,
    REPEATS,
    SINGLE_ROUNDS,
    Result,
    Traffic,
    acks,
    broker,
    collect,
    collector,
    enroll_all,
    fresh,
    frozen,
    median,
    postgresql,
    stored,
    wait_for_subscription,
    watch,
)
from tests.support.brokers.traffic import messages, pour
from tests.support.postgresql import Cluster
from tests.support.require import find
from tests.support.telegraf.program import BATCH, PROGRAM, Telegraf, rows
from tests.support.wait import settled, wait_for

KILLED_ROUNDS = 30
IN_FLIGHT = 4 * BATCH
"""How many messages without a PUBACK the broker gives Telegraf, which acknowledges a batch only when it is written."""
REST_LOOKS = 16
"""So many looks of half a second without a new row, and Telegraf has written what it ever will."""
_WAIT_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Place:
    """What stands here: the programs, and a folder to work in."""

    mosquitto: Path
    subscriber: Path
    postgresql: Path | None
    folder: Path

    @property
    def databases(self) -> Sequence[str]:
        return ("SQLite", "PostgreSQL") if self.postgresql else ("SQLite",)


@dataclass(frozen=True, kw_only=True)
class Killed:
    """How many reports somebody was told to be kept, were kept after the next start, are lacking of these, and twice."""

    told: int
    kept: int
    lost: int
    twice: int


def main() -> None:
    """Single reports and packed ones, then the kills."""
    mosquitto, subscriber = find("mosquitto"), find("mosquitto_sub")
    if mosquitto is None or subscriber is None:
        print("skipped: mosquitto and mosquitto_sub are not both installed here")
        return
    if not PROGRAM.is_file():
        print("skipped: Telegraf is not built here: make .cache/telegraf/telegraf (Go, and its module proxy)")
        return
    folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
    place = Place(mosquitto=mosquitto, subscriber=subscriber, postgresql=find("postgresql"), folder=folder)
    try:
        for each, rounds in ((1, SINGLE_ROUNDS), (PACKED, PACKED_ROUNDS)):
            _compare(place, each, rounds)
        _kill_all(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compare(place: Place, each: int, rounds: int) -> None:
    print(f"\n{each} report(s) a message, {DEVICES * rounds:,} messages; medians of {REPEATS}, empty databases")
    print(f"{'µs of processor time a report':<34}{'collector':>18}{'Telegraf':>18}  Telegraf / collector")
    readers: tuple[Callable[..., Result], ...] = (_by_collector, _by_telegraf)
    for database in place.databases:
        found: dict[Callable[..., Result], list[Result]] = {reader: [] for reader in readers}
        for repeat in range(REPEATS):
            traffic = _traffic(each, rounds, repeat)
            for reader in readers[:: -1 if repeat % 2 else 1]:
                found[reader].append(reader(place, database, traffic, each))
        _print(database, median(found[_by_collector]), median(found[_by_telegraf]), GOALS[each][0])


def _print(database: str, ours: Result, theirs: Result, goal: int) -> None:
    print(
        f"  into {database:<27}{_split(ours):>18}{_split(theirs):>18}  x{_together(theirs) / _together(ours):.2f}"
        f", the readers alone x{theirs.cpu_us / ours.cpu_us:.2f}"
    )
    print(
        f"    {'reports a processor second':<30}{1e6 / _together(ours):>18,.0f}{1e6 / _together(theirs):>18,.0f}\n"
        f"    {'reports a second':<30}{ours.reports_a_second:>18,.0f}{theirs.reports_a_second:>18,.0f}"
        f"  goal {goal:,}: {'reached' if ours.reports_a_second >= goal else 'MISSED'}",
        flush=True,
    )


def _split(result: Result) -> str:
    return f"{result.cpu_us:.1f}" + (f" + {result.server_us:.1f}" if result.server_us else "")


def _together(result: Result) -> float:
    return result.cpu_us + result.server_us


def _traffic(each: int, rounds: int, repeat: int) -> Traffic:
    starts_at = time.time() - BACKLOG_SECONDS
    epoch = f"{each:08d}{repeat:08d}"
    return list(messages(devices=DEVICES, each=each, rounds=rounds, epoch=epoch, starts_at=starts_at))


def _by_collector(place: Place, database: str, traffic: Traffic, each: int) -> Result:
    with _collectors(place, database) as (url, cluster), broker(place.mosquitto, place.folder) as port:
        return collect(port, place.subscriber, url, traffic, each, cluster=cluster)


def _by_telegraf(place: Place, database: str, traffic: Traffic, each: int) -> Result:
    count = len(traffic) * each
    with (
        _telegrafs(place, database) as (url, cluster),
        broker(place.mosquitto, place.folder, in_flight=IN_FLIGHT) as port,
        _running(Telegraf(place.folder, port, url, each=each)) as telegraf,
    ):
        with frozen(telegraf.pid):
            pour(port, traffic)
            stop = watch(telegraf.pid, count, cluster)
        wait_for(lambda: telegraf.written() >= count, seconds=_WAIT_SECONDS, what=f"{count:,} rows")
        result = stop()
        assert rows(url) == (count, count), (rows(url), telegraf.complaints()[-5:])
    return result


@contextmanager
def _running(telegraf: Telegraf) -> Iterator[Telegraf]:
    try:
        telegraf.start()
        wait_for_subscription(telegraf.pid)
        yield telegraf
    finally:
        telegraf.kill()


@contextmanager
def _collectors(place: Place, database: str) -> Iterator[tuple[str, Cluster | None]]:
    """An empty store in which every device is enrolled."""
    if database == "SQLite":
        yield fresh(place.folder), None
        return
    assert place.postgresql is not None
    with postgresql(place.postgresql) as cluster:
        url = cluster.fresh_database()
        enroll_all(url)
        yield url, cluster


@contextmanager
def _telegrafs(place: Place, database: str) -> Iterator[tuple[str, Cluster | None]]:
    """A database without a table."""
    if database == "SQLite":
        for found in place.folder.glob("telegraf.sqlite3*"):
            found.unlink()
        yield f"sqlite:///{place.folder / 'telegraf.sqlite3'}", None
        return
    assert place.postgresql is not None
    with postgresql(place.postgresql) as cluster:
        cluster.run_sql("CREATE DATABASE telegraf")
        yield cluster.url("telegraf"), cluster


def _kill_all(place: Place) -> None:
    traffic = _traffic(1, KILLED_ROUNDS, 0)
    print(f"\nkilled in the midst of {len(traffic):,} single reports, and started again")
    print(f"{'':<44}{'told':>9}{'kept':>9}{'lost':>9}{'twice':>9}")
    for database in place.databases:
        _print_killed(f"collector, {database} (told by its ack)", _kill_collector(place, database, traffic))
    for database in place.databases:
        killed = _kill_telegraf(place, database, traffic, is_persistent=True)
        _print_killed(f"Telegraf, {database}, persistent session", killed)
    killed = _kill_telegraf(place, "SQLite", traffic, is_persistent=False)
    _print_killed("Telegraf, SQLite, session by its default", killed)
    print(
        "  Telegraf's publishers are told by the broker, before anything is kept. What had no ack of the collector's"
    )
    print("  stays in the outbox; everything was told it again after the kill, and is kept once.")


def _print_killed(what: str, killed: Killed) -> None:
    print(f"  {what:<42}{killed.told:>9,}{killed.kept:>9,}{killed.lost:>9,}{killed.twice:>9,}", flush=True)


def _kill_collector(place: Place, database: str, traffic: Traffic) -> Killed:
    with (
        _collectors(place, database) as (url, _),
        broker(place.mosquitto, place.folder) as port,
        acks(port, place.subscriber) as acked,
    ):
        with collector(port, url) as child, _pouring(port, traffic):
            wait_for(lambda: acked() >= len(traffic) // 3, seconds=_WAIT_SECONDS, what="a third of the acks")
            child.kill()
        told, of_publisher = settled(acked), Counter(acked.of_publisher)
        kept_of = _stored_of_each(url)
        kept = sum(kept_of.values())
        with collector(port, url):
            pour(port, traffic)
            wait_for(lambda: stored(url) >= len(traffic), seconds=_WAIT_SECONDS, what="everything told again")
        twice = stored(url) - len(traffic)
    return Killed(told=told, kept=kept, lost=(of_publisher - kept_of).total(), twice=twice)


def _kill_telegraf(place: Place, database: str, traffic: Traffic, *, is_persistent: bool) -> Killed:
    with (
        _telegrafs(place, database) as (url, _),
        broker(place.mosquitto, place.folder, in_flight=IN_FLIGHT) as port,
    ):
        telegraf = Telegraf(place.folder, port, url, each=1, is_persistent=is_persistent)
        with _running(telegraf), _pouring(port, traffic):
            wait_for(lambda: telegraf.written() >= len(traffic) // 3, seconds=_WAIT_SECONDS, what="a third")
            telegraf.kill()
        with _running(telegraf):
            written, different = _at_rest(url)
    lost, twice = len(traffic) - different, written - different
    return Killed(told=len(traffic), kept=different, lost=lost, twice=twice)


def _at_rest(url: str) -> tuple[int, int]:
    """What its tables hold once nothing comes any more: all reports, and different ones."""
    seen = [rows(url)]
    while seen.count(seen[-1]) < REST_LOOKS:
        time.sleep(0.5)
        seen.append(rows(url))
    return seen[-1]


@contextmanager
def _pouring(port: int, traffic: Traffic) -> Iterator[None]:
    """Publishes beside the block, and is done when the broker has everything."""
    pouring = threading.Thread(target=pour, args=(port, traffic))
    pouring.start()
    try:
        yield
    finally:
        pouring.join()


def _stored_of_each(url: str) -> Counter[str]:
    """How many reports of each device are in its days."""
    engine = open_database(url)
    of_each = (
        sa.select(devices.c.device_id, sa.func.sum(device_days.c.reports))
        .join(device_days, device_days.c.device == devices.c.device)
        .group_by(devices.c.device_id)
    )
    with engine.connect() as connection:
        found = Counter({name: int(count) for name, count in connection.execute(of_each)})
    engine.dispose()
    return found


if __name__ == "__main__":
    main()
