"""What acks and pages wait while 300 reports a second arrive and the night judges, beside the quiet run.

A district is filled as for `pages`. Ingest behind a real Mosquitto, the minute's jobs and the pages run in one process,
as `rollcall serve` has them, the night in another; this one tells reports by MQTT and asks for one page after the other.

DEVICES=25000 chooses the size; BENCH_STORES names a folder in which the filled store stays, or is found.
"""

import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import cycle
from math import inf
from pathlib import Path
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from rollcall_collector.cli.parts.progress import show_progress
from rollcall_collector.judging.fleet import FAILURE_MARK
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.history.device_facts import newest_failure
from rollcall_collector.store.kept_settings import write_setting
from rollcall_wire.encoding import decode_ack
from rollcall_wire.topics import PREFIX, parse_topic, topic
from tests.benchmarks.night import Spent, judge_apart
from tests.benchmarks.pages import LISTS, addresses_of, asker
from tests.support.brokers.mosquitto import COLLECTOR, COLLECTOR_PASSWORD, mosquitto
from tests.support.faults.children import child
from tests.support.faults.probing import quantile
from tests.support.fleets.filled_once import filled_once
from tests.support.fleets.whole_district import NOW, fill_district
from tests.support.listening import boot, device_id, failure, message, vitals
from tests.support.require import find
from tests.support.wait import wait_for

DEVICES = int(os.environ.get("DEVICES", "1000" if os.environ.get("ROLLCALL_BENCH") == "quick" else "5000"))
QUIET_RATE, BUSY_RATE = 20, 300
"""Reports a second."""
SECONDS = 30.0
REST_SECONDS = 0.1
"""Between two pages."""
BOOTS, FAILURES = 16, 500
"""One report in so many is of a start, and of a failure; the others are vitals."""
ACK_GOAL, PAGE_GOAL = 250, 200
"""Milliseconds: p99 of acks, p95 of pages."""
TROUBLES = 5
"""So many of its warnings are shown."""
_ACK_SECONDS = 60.0

Ask = Callable[[], tuple[str, float]]


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Milliseconds that acks and pages took; of pages with their names."""

    acks: Sequence[float]
    pages: Sequence[tuple[str, float]]

    @property
    def ack(self) -> float:
        """The p99."""
        return quantile(self.acks, 0.99)

    @property
    def page(self) -> float:
        """The p95 of all pages together."""
        return quantile([took for _, took in self.pages], 0.95)

    @property
    def slowest(self) -> tuple[float, str]:
        """The highest p95 of a page, and which one it is."""
        names = {name for name, _ in self.pages}
        return max((quantile([took for one, took in self.pages if one == name], 0.95), name) for name in names)


def main() -> None:
    """The quiet run, the same with reports, the same with reports and the night."""
    if find("mosquitto") is None:
        print("skipped: mosquitto is not installed here")
        return
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-", dir=os.environ.get("BENCH_FOLDER")) as name:
        folder = Path(name)
        store = _copy_of_the_filled(folder)
        with (
            mosquitto(folder) as broker,
            child(
                "tests.support.faults.served_district", store, str(broker.port), log=folder / "served.log"
            ) as served,
        ):
            _compare(store, broker.port, **served.hear())
        said = (folder / "served.log").read_text()
        print(f"the process that serves said {said.count('database is locked')} times that the store was locked")
        for line in [line for line in said.splitlines() if "[warning" in line or "[error" in line][:TROUBLES]:
            print(f"  {line}")


def _copy_of_the_filled(folder: Path) -> str:
    """Its address; every failure in it counts as judged."""
    kept = filled_once(
        Path(os.environ.get("BENCH_STORES", folder)) / f"district-{DEVICES}.sqlite3",
        partial(fill_district, devices=DEVICES, say=show_progress),
    )
    url = f"sqlite:///{shutil.copyfile(kept, folder / 'busy.sqlite3')}"
    engine = open_database(url)
    migrate(engine)
    with engine.connect() as connection:
        newest = newest_failure(connection)
    write_setting(engine, FAILURE_MARK, str(newest))
    engine.dispose()
    return url


def _compare(store: str, port: int, *, url: str, cookie: str) -> None:
    engine = open_database(store)
    pages = [one for one in addresses_of(engine) if one[0] not in LISTS]
    engine.dispose()
    ask_for, turn = asker(url, cookie), cycle(pages)

    def ask() -> tuple[str, float]:
        name, address = next(turn)
        return name, ask_for(address)[1]

    for _ in pages:
        ask()
    print(
        f"\n{DEVICES:,} devices; ms     {'acks':>8}{'p50':>8}{'p99':>8}{'pages':>10}{'p50':>8}{'p95':>8}  slowest, p95"
    )
    quiet = _print(f"{QUIET_RATE} reports a second", _spend(port, QUIET_RATE, ask, _for(SECONDS)))
    _print(f"{BUSY_RATE} reports a second", _spend(port, BUSY_RATE, ask, _for(SECONDS)))
    with ThreadPoolExecutor(1) as aside:
        night = aside.submit(judge_apart, store, NOW + timedelta(days=1))
        busy = _print("the same and the night", _spend(port, BUSY_RATE, ask, lambda: not night.done()))
    _print_goals(quiet, busy, night.result())


def _for(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() < until


def _print(what: str, waits: Waits) -> Waits:
    acks, pages = waits.acks, [took for _, took in waits.pages]
    slowest, name = waits.slowest
    print(
        f"{what:<24}{len(acks):>8,}{quantile(acks, 0.5):>8.0f}{waits.ack:>8.0f}"
        f"{len(pages):>10,}{quantile(pages, 0.5):>8.0f}{waits.page:>8.0f}  {name} {slowest:.0f}",
        flush=True,
    )
    return waits


def _print_goals(quiet: Waits, busy: Waits, night: Spent) -> None:
    print(f"the night: {night.cpu:.1f} s of processor time, {night.peak:.0f} MB, {night.wall:.0f} s")
    for what, before, now, goal in (
        ("p99 of acks", quiet.ack, busy.ack, ACK_GOAL),
        ("p95 of pages", quiet.page, busy.page, PAGE_GOAL),
    ):
        held = "reached" if now <= goal else "MISSED"
        print(f"{what}: {before:.0f} ms quiet, {now:.0f} ms busy: x{now / before:.1f}; goal {goal} ms: {held}")


def _spend(port: int, rate: int, ask: Ask, goes_on: Callable[[], bool]) -> Waits:
    """Tell reports at this rate and ask for pages as long as it goes on."""
    pages = []
    with _telling(port, rate) as teller:
        while goes_on():
            pages.append(ask())
            time.sleep(REST_SECONDS)
    return Waits(acks=[1e3 * one for one in teller.waits()], pages=pages)


@contextmanager
def _telling(port: int, rate: int) -> Iterator["_Teller"]:
    """Reports are told until the block ends, and then until all have their acks."""
    teller = _Teller(port)
    stop = threading.Event()
    thread = threading.Thread(target=teller.tell, args=(rate, stop))
    thread.start()
    try:
        yield teller
        stop.set()
        thread.join()
        wait_for(lambda: inf not in teller.waits(), seconds=_ACK_SECONDS, what="every report's ack")
    finally:
        stop.set()
        thread.join()
        teller.close()


class _Teller:
    """Tells reports of one device after the other, under an epoch of its own, and notes when each had its ack."""

    def __init__(self, port: int) -> None:
        self._epoch = secrets.token_hex(8)
        self._told: dict[tuple[str, int], float] = {}
        self._waited: dict[tuple[str, int], float] = {}
        is_ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, clean_session=True)
        self._client.username_pw_set(COLLECTOR, COLLECTOR_PASSWORD)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{PREFIX}/+/+/acks", 1)
        self._client.on_subscribe = lambda *_: is_ready.set()
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert is_ready.wait(10)

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()

    def tell(self, rate: int, stop: threading.Event) -> None:
        """So many reports a second, evenly, until told to stop."""
        began = time.monotonic()
        for number in range(1_000_000):
            if stop.wait(max(0.0, began + number / rate - time.monotonic())):
                return
            name, seq = device_id(1 + number % DEVICES), 1 + number // DEVICES
            at = NOW - timedelta(hours=2) + timedelta(minutes=seq)
            kind = boot if number % BOOTS == 0 else failure if number % FAILURES == 1 else vitals
            body = message(name, [kind(seq, name, at=at)], epoch=self._epoch, sent_at=at.isoformat())
            self._told[name, seq] = time.monotonic()
            self._client.publish(topic(name, "reports"), body, qos=1)

    def waits(self) -> list[float]:
        """Seconds each report waited; infinite where no ack came yet."""
        return [self._waited.get(one, inf) for one in tuple(self._told)]

    def _hear(self, _client: Any, _userdata: Any, heard: mqtt.MQTTMessage) -> None:
        now, where, ack = time.monotonic(), parse_topic(heard.topic), decode_ack(bytes(heard.payload))
        assert where is not None
        if ack.epoch == self._epoch:
            for first, last in ack.kept:
                for seq in range(first, last + 1):
                    self._waited.setdefault((where.publisher, seq), now - self._told[where.publisher, seq])


if __name__ == "__main__":
    main()
