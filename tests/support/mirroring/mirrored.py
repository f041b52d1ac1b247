"""A store with facts in its outbox, and a sender that is driven turn by turn under a clock of the test's own."""

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.mirror.influx import Influx
from rollcall_collector.mirror.sender import Sender
from rollcall_collector.mirror.settings import MirrorSettings
from rollcall_collector.store.keeping.parcel import unpack
from rollcall_collector.store.mirror_outbox import count_waiting
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.tables import boots, failures, mirror_outbox
from rollcall_wire.topics import topic
from tests.support.listening import EPOCH, NOW, boot, device_id, failure, message, vitals
from tests.support.wait import wait_for

DEVICES = 5


class TestClock:
    """Stands still until it is moved."""

    __test__ = False

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Mirrored:
    """One store, its ingest and its sender."""

    def __init__(self, engine: Engine, url: str, token_file: Path | None = None, *, outbox_bytes: int = 10**8) -> None:
        self.engine = engine
        self.clock = TestClock()
        self.influx = Influx(MirrorSettings(url=url, token_file=token_file), self.clock)
        self.sender = Sender(engine, self.influx.write, self.clock, outbox_bytes=outbox_bytes)
        registry = Registry(engine)
        registry.refresh()
        self.intake = Intake(engine=engine, registry=registry, clock=self.clock, has_mirror=True)

    def tell(self, name: str, *reports: Any, epoch: str = EPOCH) -> None:
        """These reports arrive and are kept."""
        self.receive(self.arrived(name, *reports, epoch=epoch))

    def arrived(self, name: str, *reports: Any, epoch: str = EPOCH) -> Arrived:
        """These reports as one message that arrived."""
        return Arrived(topic(name, "reports").encode(), message(name, reports, epoch=epoch), 1)

    def receive(self, *messages: Arrived) -> None:
        """These messages are kept in one transaction."""
        assert self.intake.receive(messages)

    def drain(self, *, turns: int = 10_000) -> None:
        """Turn after turn, at the times the sender itself wants them, until nothing waits."""
        for _ in range(turns):
            seconds = self.sender.turn()
            if self.waiting() == 0:
                return
            self.clock.move(seconds)
        raise AssertionError(f"{self.waiting():,} lines still wait")

    def waiting(self) -> int:
        with self.engine.connect() as connection:
            return count_waiting(connection).lines

    def close(self) -> None:
        self.intake.forget()
        self.influx.close()


def outbox_lines(engine: Engine) -> list[str]:
    """What waits, line by line."""
    with engine.connect() as connection:
        bodies = connection.execute(sa.select(mirror_outbox.c.body).order_by(mirror_outbox.c.parcel)).scalars()
        return [line for body in bodies for line in unpack(bytes(body))]


def tell_a_round(mirrored: Mirrored, turn: int) -> None:
    """A start, a failure and readings of each of some devices, a minute after those of the turn before."""
    at = NOW + timedelta(minutes=turn)
    for number in range(1, DEVICES + 1):
        name, seq = device_id(number), 3 * turn + 1
        mirrored.tell(name, boot(seq, name, at=at), failure(seq + 1, name, at=at), vitals(seq + 2, name, at=at))


def run_senders(mirrored: Mirrored, url: str, running: list["subprocess.Popen[bytes]"], *, kills: int) -> None:
    """A round is told and `rollcall mirror run` started, so often killed by whoever answers it, and once more to its end.

    `running` ends with the one that runs; whoever answers at `url` kills it.
    """
    folder = Path(str(mirrored.engine.url.database)).parent
    environment = {**os.environ, "ROLLCALL_FOLDER": str(folder), "ROLLCALL_MIRROR__URL": url}
    command = [str(Path(sys.executable).with_name("rollcall")), "mirror", "run"]
    for turn in range(kills + 1):
        tell_a_round(mirrored, turn)
        running.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
        if turn < kills:
            assert running[-1].wait(300) == -signal.SIGKILL
    wait_for(lambda: mirrored.waiting() == 0, seconds=300, what="an empty outbox")
    running[-1].terminate()
    assert running[-1].wait(60) == 0


def stored(engine: Engine) -> tuple[int, int]:
    """How many starts and failures the store has."""
    with engine.connect() as connection:
        counts = [
            connection.execute(sa.select(sa.func.count()).select_from(one)).scalar_one() for one in (boots, failures)
        ]
    return counts[0], counts[1]
