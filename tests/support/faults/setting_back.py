"""Devices whose state folders are set back, copied and frozen at random, and a ledger that counts what became of it."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from sqlalchemy import func, select

from rollcall_agent.outbox import Outbox
from rollcall_collector.store.database import open_database
from rollcall_collector.store.tables import copies, device_days, failures, refusals
from tests.support.faults.killing import Installation
from tests.support.faults.ledgered_agent import serials
from tests.support.wait import wait_for

Fault = Literal["set back", "frozen start", "offline starts", "living copy", "restart"]
FAULTS: tuple[Fault, ...] = ("set back", "frozen start", "offline starts", "living copy", "restart")
DEVICES = 2
_WEIGHTS = (6, 5, 5, 3, 1)
BrokerKind = Literal["mosquitto", "embedded"]


@dataclass(frozen=True)
class Outcome:
    """What was counted after everything was delivered. `wiped` facts were set back before anybody was told of them."""

    faults: Counter[str]
    told: int
    stored: int
    wiped: int
    lost: int
    twice: int
    waiting: int
    refused: int
    set_backs: int


@dataclass
class Device:
    """One device: its state folder, copies of it from other times, and the ledger that no set-back touches."""

    name: str
    folder: Path
    child: subprocess.Popen[bytes] | None = None
    snapshots: list[Path] = field(default_factory=list)
    wiped: set[int] = field(default_factory=set)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    def written(self) -> dict[str, set[int]]:
        """What the ledger says, by word."""
        found: dict[str, set[int]] = {"told": set(), "kept": set()}
        for line in self.ledger.read_text().splitlines():
            word, _, serial = line.partition(" ")
            found[word].add(int(serial))
        return found


class Lab:
    """The devices of one installation, and what is done to them."""

    def __init__(self, made: Installation, kind: BrokerKind, random: Random) -> None:
        self._made = made
        self._kind = kind
        self._random = random
        self.faults: Counter[str] = Counter()
        names = sorted(made.passwords)[:DEVICES]
        self.devices = [Device(name=name, folder=made.folder / f"device-{name}") for name in names]

    def start(self) -> None:
        for device in self.devices:
            device.state.mkdir(parents=True)
            device.ledger.touch()
            device.child = self._run(device, device.state)
        for device in self.devices:
            wait_for(lambda one=device: one.written()["kept"], seconds=40, what="the first acks")  # type: ignore[misc]
            self._take_snapshot(device)

    def commit(self, fault: Fault) -> None:
        """Do this to one of the devices, and let it live on for a moment."""
        device = self._random.choice(self.devices)
        self.faults[fault] += 1
        match fault:
            case "set back":
                self._set_back(device, self._random.choice(device.snapshots))
                self._restart(device)
            case "frozen start":
                self._set_back(device, device.snapshots[0])
                self._restart(device)
            case "offline starts":
                self._start_offline(device)
            case "living copy":
                self._bring_a_copy_to_life(device)
            case "restart":
                self._restart(device)
        self._live(0.1, 0.6)
        if self._random.random() < 0.5:
            self._take_snapshot(device)

    def any_fault(self) -> Fault:
        return self._random.choices(FAULTS, _WEIGHTS)[0]

    def settle(self, seconds: float) -> None:
        """Nothing new is told; wait until everything is delivered."""
        for device in self.devices:
            Path(f"{device.ledger}.quiet").touch()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(_waiting(device.state) for device in self.devices):
            time.sleep(0.3)

    def stop(self) -> None:
        for device in self.devices:
            _kill(device.child)

    def _live(self, least: float, most: float) -> None:
        time.sleep(self._random.uniform(least, most))  # not a wait: this long the devices work between two faults

    def _restart(self, device: Device) -> None:
        _kill(device.child)
        device.child = self._run(device, device.state)

    def _set_back(self, device: Device, snapshot: Path) -> None:
        _kill(device.child)
        device.wiped |= _waiting(device.state)
        shutil.rmtree(device.state)
        shutil.copytree(snapshot, device.state)

    def _start_offline(self, device: Device) -> None:
        snapshot = self._random.choice(device.snapshots)
        for _ in range(self._random.randint(1, 3)):
            if self._random.random() < 0.7:
                self._set_back(device, snapshot)
            _kill(device.child)
            told = len(device.written()["told"])
            device.child = self._run(device, device.state, kind="offline")
            wait_for(lambda before=told: len(device.written()["told"]) > before, seconds=30, what="a fact")  # type: ignore[misc]
        self._restart(device)

    def _bring_a_copy_to_life(self, device: Device) -> None:
        twin = device.folder / "twin"
        shutil.copytree(self._take_snapshot(device), twin)
        child = self._run(device, twin)
        try:
            self._live(1.0, 2.5)
        finally:
            _kill(child)
        device.wiped |= _waiting(twin)
        shutil.rmtree(twin)

    def _take_snapshot(self, device: Device) -> Path:
        """Copy the folder as it is at this instant, as a snapshot of the disk would."""
        made = device.folder / f"snapshot-{len(device.snapshots)}"
        assert device.child is not None
        device.child.send_signal(signal.SIGSTOP)
        try:
            shutil.copytree(device.state, made)
        finally:
            device.child.send_signal(signal.SIGCONT)
        device.snapshots.append(made)
        return made

    def _run(self, device: Device, state: Path, *, kind: str = "") -> subprocess.Popen[bytes]:
        target = ["127.0.0.1", str(self._made.broker.port), device.name, self._made.passwords[device.name]]
        command = [
            sys.executable,
            "-m",
            "tests.support.faults.ledgered_agent",
            str(state),
            str(device.ledger),
            *target,
        ]
        with (device.folder / "log").open("ab") as log:
            return subprocess.Popen([*command, kind or self._kind], stdout=log, stderr=log)


def count(made: Installation, lab: Lab) -> Outcome:
    """Hold the store to the ledgers; call after everything stopped."""
    told, kept, wiped, waiting = set[int](), set[int](), set[int](), 0
    for device in lab.devices:
        written = device.written()
        told, kept, wiped = told | written["told"], kept | written["kept"], wiped | device.wiped
        waiting += len(_waiting(device.state))
    engine = open_database(made.url)
    with engine.connect() as connection:
        evidence = connection.execute(select(failures.c.evidence)).scalars()
        stored = [int(json.loads(one)["value"]) for one in evidence]
        rolled_up = int(connection.execute(select(func.sum(device_days.c.failures))).scalar_one() or 0)
        refused = int(connection.execute(select(func.count()).select_from(refusals)).scalar_one())
        set_backs = int(connection.execute(select(func.sum(copies.c.set_backs))).scalar_one() or 0)
    engine.dispose()
    distinct = set(stored)
    return Outcome(
        faults=lab.faults,
        told=len(told),
        stored=len(stored),
        wiped=len(told - distinct),
        lost=len((kept | (told - wiped)) - distinct),
        twice=max(len(stored), rolled_up) - len(distinct),
        waiting=waiting,
        refused=refused,
        set_backs=set_backs,
    )


def _waiting(state: Path) -> set[int]:
    outbox = Outbox(state / "outbox.sqlite3")
    outbox.start()
    try:
        return serials(outbox)
    finally:
        outbox.stop()


def _kill(child: subprocess.Popen[bytes] | None) -> None:
    if child is not None and child.poll() is None:
        child.kill()
        child.wait(10)
