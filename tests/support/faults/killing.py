"""A whole installation of separate programs under load, whose parts are killed at random and then counted."""

import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Literal

from sqlalchemy import Engine, func, select

from rollcall_collector.identity.credentials import hash_password
from rollcall_collector.store.database import open_database
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.publishers.identities import add_device, set_credential
from rollcall_collector.store.tables import device_days, failures, refusals, watermarks
from tests.support.brokers.front import Front
from tests.support.brokers.mosquitto import COLLECTOR_PASSWORD, Mosquitto, mosquitto
from tests.support.identities import new_store
from tests.support.postgresql import shared_cluster

AGENTS = 4
WHOLE = "1/1"
RATE = 25
Fault = Literal["agent", "broker", "collector", "broker and collector"]
FAULTS: tuple[Fault, ...] = ("broker and collector",) * 6 + ("broker",) * 4 + ("collector",) * 3 + ("agent",) * 3


def fresh_store(folder: Path, database: str) -> str:
    """The address of a new store with its tables, in `folder` or on the PostgreSQL of all tests."""
    if database == "postgresql":
        return shared_cluster().fresh_database()
    folder.mkdir(parents=True, exist_ok=True)
    return str(new_store(folder).url)


@dataclass(frozen=True)
class Outcome:
    """What was counted after everything was delivered."""

    faults: Counter[str]
    generated: int
    waiting: int
    stored: int
    lost: int
    twice: int
    refused: int


@dataclass
class EmbeddedProgram:
    """The embedded broker as a program of its own."""

    url: str
    port: int
    _child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.support.brokers.embedded_broker",
            self.url,
            str(self.port),
            COLLECTOR_PASSWORD,
        ]
        self._child = subprocess.Popen(command)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait(10)


@dataclass
class Installation:
    """Broker, collectors by their shares and agents, each a program of its own."""

    folder: Path
    url: str
    broker: Mosquitto | EmbeddedProgram | Front
    passwords: dict[str, str]
    agents: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    collectors: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def collector(self) -> subprocess.Popen[bytes] | None:
        """The one that takes all devices."""
        return self.collectors.get(WHOLE)

    def start_collector(self, share: str = WHOLE) -> None:
        environment = os.environ | {
            "ROLLCALL_FOLDER": str(self.folder),
            "ROLLCALL_DATABASE": self.url,
            "ROLLCALL_BROKER__KIND": "external",
            "ROLLCALL_BROKER__PORT": str(self.broker.port),
            "ROLLCALL_BROKER__PASSWORD": COLLECTOR_PASSWORD,
        }
        with (self.folder / "collector.log").open("ab") as log:
            program = Path(sys.executable).with_name("rollcall")
            command: list[str | Path] = [program, "ingest", "--share", share]
            self.collectors[share] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def start_agent(self, name: str) -> None:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        target = ["127.0.0.1", str(self.broker.port), name, self.passwords[name], str(RATE)]
        with (folder / "agent.log").open("ab") as log:
            command = [sys.executable, "-m", "tests.support.faults.reporting_agent", str(folder), *target]
            self.agents[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def kill_collector(self, share: str = WHOLE) -> None:
        self.collectors[share].kill()
        self.collectors[share].wait(10)

    def commit(self, fault: Fault, random: Random) -> None:
        """Kill -9 what the fault names, leave it dead for a moment, start it again."""
        pause = random.uniform(0.1, 0.8)
        if fault == "agent":
            name = random.choice(sorted(self.agents))
            self.agents[name].kill()
            self.agents[name].wait(10)
            time.sleep(pause)
            self.start_agent(name)
            return
        share = random.choice(sorted(self.collectors))
        if "collector" in fault:
            self.kill_collector(share)
        if "broker" in fault:
            self.broker.kill()
        time.sleep(pause)
        if "broker" in fault:
            self.broker.start()
        if "collector" in fault:
            self.start_collector(share)

    def fall_quiet(self) -> None:
        """Agents report nothing new from now on, and go on delivering what they have."""
        for name in self.agents:
            (self.folder / name / "quiet").touch()

    def stop(self) -> None:
        for agent in self.agents.values():
            agent.kill()
            agent.wait(10)
        for share in self.collectors:
            self.kill_collector(share)


@contextmanager
def installation(
    folder: Path,
    url: str,
    kind: Literal["mosquitto", "embedded"],
    *,
    has_agents: bool = True,
    agents: int = AGENTS,
    shares: Sequence[str] = (WHOLE,),
) -> Iterator[Installation]:
    """Everything started; everything gone at the end. Without agents their names and passwords are there alone."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(url)
    passwords = enroll_agents(engine, agents)
    engine.dispose()
    with ExitStack() as stack:
        broker: Mosquitto | EmbeddedProgram
        if kind == "mosquitto":
            broker = stack.enter_context(mosquitto(folder, users=passwords, variant="debian"))
        else:
            broker = EmbeddedProgram(url, _free_port())
            stack.callback(broker.kill)
            broker.start()
        made = Installation(folder=folder, url=url, broker=broker, passwords=passwords)
        stack.callback(made.stop)
        for share in shares:
            made.start_collector(share)
        for name in passwords if has_agents else ():
            made.start_agent(name)
        yield made


def drive(made: Installation, *, seconds: float, random: Random, faults: Sequence[Fault] = FAULTS) -> Counter[str]:
    """Commit every fault of the list within so many seconds, at random instants; returns what was committed."""
    faults = random.sample(faults, len(faults))
    began = time.monotonic()
    instants = sorted(random.uniform(4, seconds - 2) for _ in faults)
    for fault, instant in zip(faults, instants, strict=True):
        time.sleep(max(0.0, began + instant - time.monotonic()))
        made.commit(fault, random)
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    return Counter(faults)


def settle(made: Installation, *, seconds: float) -> None:
    """Let everything be delivered; agents then wait for nothing."""
    made.fall_quiet()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not waiting(made):
            return
        time.sleep(0.5)


def waiting(made: Installation) -> int:
    """How many reports wait in all outboxes."""
    return sum(left for _, left in outboxes(made).values())


def acknowledged(made: Installation) -> int:
    """How many reports left their outboxes because the collector said that they are kept."""
    return sum(newest - left for newest, left in outboxes(made).values())


def outboxes(made: Installation) -> dict[str, tuple[int, int]]:
    """By agent: how many reports its outbox ever numbered, and how many of them still wait."""
    return {name: _numbers(made.folder / name) for name in made.agents}


def count(made: Installation, faults: Counter[str]) -> Outcome:
    """Compare what the outboxes numbered with what the store holds; call after everything stopped."""
    numbers = outboxes(made).values()
    total, left = sum(newest for newest, _ in numbers), sum(left for _, left in numbers)
    engine = open_database(made.url)
    with engine.connect() as connection:
        stored = int(connection.execute(select(func.count()).select_from(failures)).scalar_one())
        distinct = len(
            connection.execute(select(failures.c.device, failures.c.epoch_key, failures.c.seq).distinct()).all()
        )
        rolled_up = int(connection.execute(select(func.sum(device_days.c.failures))).scalar_one() or 0)
        refused = int(connection.execute(select(func.count()).select_from(refusals)).scalar_one())
        highest = select(func.max(watermarks.c.upto)).group_by(watermarks.c.publisher)
        marks = sum(connection.execute(highest).scalars())
    engine.dispose()
    return Outcome(
        faults=faults,
        generated=total,
        waiting=left,
        stored=stored,
        lost=max(0, total - distinct - left, 0 if left else total - marks),
        twice=max(stored - distinct, rolled_up - distinct, stored - total),
        refused=refused,
    )


def _numbers(folder: Path) -> tuple[int, int]:
    """How many reports this outbox ever numbered, and how many still wait; none while its agent still makes it."""
    with closing(sqlite3.connect(folder / "outbox.sqlite3", timeout=60)) as outbox:
        try:
            (newest,) = outbox.execute("SELECT next_seq - 1 FROM numbering").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return 0, 0
        return newest, outbox.execute("SELECT count(*) FROM reports").fetchone()[0]


def enroll_agents(engine: Engine, agents: int = AGENTS) -> dict[str, str]:
    """Let so many agents speak; their names and passwords."""
    passwords = {f"d-{number:012x}": secrets.token_urlsafe(32) for number in range(1, agents + 1)}
    now_us = to_us(datetime.now(UTC))
    with engine.begin() as connection:
        for name, password in passwords.items():
            key = add_device(connection, {"device_id": name, "platform": "linux"})
            hashed = hash_password(password)
            set_credential(connection, name=name, device=key, platform=None, secret_hash=hashed, now_us=now_us)
    return passwords


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
