"""What the mirror costs ingest while InfluxDB is away: the same messages with it and without, in turn.

Each round keeps the same messages in a fresh store on the disk, once without a mirror and once with one whose server does
not answer, its sender trying in a thread of the same process as in `rollcall serve`. The ratio of rates is to be 0.9 or
more. Processor time says it more steadily than the clock on a busy machine. ROLLCALL_BENCH=quick takes fewer messages.
"""

import gc
import logging
import os
import shutil
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import structlog

from rollcall_collector.ingest.listen import CALM_THRESHOLD
from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.mirror.influx import Influx
from rollcall_collector.mirror.sender import Sender
from rollcall_collector.mirror.settings import MirrorSettings
from rollcall_collector.store.publishers.registry import Registry
from rollcall_wire.topics import topic
from tests.support.brokers.mosquitto import free_port
from tests.support.brokers.traffic import messages
from tests.support.identities import new_store
from tests.support.listening import enroll

IS_QUICK = os.environ.get("ROLLCALL_BENCH") == "quick"
DEVICES = 500
EACH = 20
TURNS = 4 if IS_QUICK else 12
REPEATS = 3 if IS_QUICK else 7
BATCH = 500
GOAL = 0.9
BACKLOG_SECONDS = 60 * 86_400


def main() -> None:
    gc.set_threshold(CALM_THRESHOLD)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    traffic = _traffic()
    count = len(traffic) * EACH
    print(f"{count:,} reports in {len(traffic):,} messages, SQLite on the disk; medians of {REPEATS} rounds in turn")
    without, with_mirror = zip(
        *((_round(traffic, is_mirrored=False), _round(traffic, is_mirrored=True)) for _ in range(REPEATS)), strict=True
    )
    for name, place in (("by the clock", 0), ("of processor time", 1)):
        plain, mirrored = (statistics.median(one[place] for one in found) for found in (without, with_mirror))
        ratio = statistics.median(one[place] / other[place] for one, other in zip(without, with_mirror, strict=True))
        word = "reached" if ratio >= GOAL else "MISSED"
        print(
            f"  {name:<18} without {count / plain:>9,.0f}/s  mirror away {count / mirrored:>9,.0f}/s"
            f"  x{ratio:.3f}  goal {GOAL}: {word}"
        )


def _traffic() -> list[Arrived]:
    told = messages(
        devices=DEVICES, each=EACH, rounds=TURNS, epoch="aaaaaaaaaaaaaaaa", starts_at=time.time() - BACKLOG_SECONDS
    )
    return [Arrived(topic(name, "reports").encode(), payload, 1) for name, payload in told]


def _round(traffic: list[Arrived], *, is_mirrored: bool) -> tuple[float, float]:
    """Seconds by the clock and of this process."""
    folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
    engine = new_store(folder)
    enroll(engine, DEVICES)
    registry = Registry(engine)
    registry.refresh()
    intake = Intake(engine=engine, registry=registry, clock=_now, has_mirror=is_mirrored)
    stop = threading.Event()
    influx = Influx(MirrorSettings(url=f"http://127.0.0.1:{free_port()}"), _now)
    sending = Sender(engine, influx.write, _now, outbox_bytes=10**9)
    sender = threading.Thread(target=sending.run, args=(stop,))
    if is_mirrored:
        sending.turn()  # it has found out already that nobody answers
        sender.start()
    began, spent = time.perf_counter(), time.process_time()
    for start in range(0, len(traffic), BATCH):
        assert intake.receive(traffic[start : start + BATCH])
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - spent
    stop.set()
    if is_mirrored:
        sender.join(60)
    intake.forget()
    engine.dispose()
    shutil.rmtree(folder)
    return seconds, cpu_seconds


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
