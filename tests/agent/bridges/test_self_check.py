"""A running bridge checks its own service and tells the collector: at once where its rounds begin or cease to fail."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rollcall_agent.bridges.bridge import Bridge
from rollcall_agent.bridges.rounds import Rounds
from rollcall_agent.bridges.self_check import LEAST_SECONDS, WELL_SECONDS, WRONG_SECONDS, SelfCheck
from rollcall_agent.checks import Check
from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.known_devices import KnownDevices
from rollcall_agent.errors import ComeBackLaterError, EnrollmentError
from rollcall_agent.outbox import Outbox
from tests.support.stand_ins.bridge_door import BridgeDoor, bridge_door

NOW = datetime(2026, 9, 14, 8, 5, tzinfo=UTC)


class Service:
    """What a bridge asks: it raises `wrong` where there is something in it."""

    def __init__(self) -> None:
        self.wrong: Exception | None = None
        self.long = "\n" * 3_000

    def check(self, _folder: Path) -> Iterator[Check]:
        yield Check(subject="key", says=f"it is there{self.long}")
        if self.wrong is not None:
            raise self.wrong

    def poll(self, _asked: Any) -> Iterator[Any]:
        if self.wrong is not None:
            raise self.wrong
        yield from ()


class Station:
    """A bridge at work, and how long it rests after each step."""

    def __init__(self, folder: Path, door: BridgeDoor, stack: ExitStack) -> None:
        self.door, self.service, self.now = door, Service(), 100.0
        parts = Outbox(folder / "outbox.sqlite3"), KnownDevices(folder / "devices.sqlite3"), Door(door.url)
        for part in parts:
            part.start()
            stack.callback(part.stop)
        outbox, known, to_collector = parts
        bridge = Bridge(name="google", platform="chromeos", check=self.service.check, poll=self.service.poll)
        self.rounds = Rounds(
            bridge=bridge, identity=door.identity, door=to_collector, known=known, outbox=outbox,
            random=Random(1), folder=folder,
        )  # fmt: skip
        self.check = SelfCheck(rounds=self.rounds)

    def step(self, after: float = 0.0) -> float:
        """A round and a check where they are due; in how many seconds the next check is."""
        self.now += after
        self.rounds.step(self.now, NOW)
        return self.check.step(self.now, NOW) - self.now

    @property
    def told(self) -> list[tuple[str, bool]]:
        """The subjects of the last check that was told, and what is wrong."""
        return [(one["subject"], one["is_fault"]) for one in self.door.checks[-1]["checks"]]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with bridge_door() as door, ExitStack() as stack:
        yield Station(tmp_path, door, stack)


def test_it_is_told_at_the_start_and_each_hour(station: Station) -> None:
    rests = [station.step(), station.step(WELL_SECONDS - 1), station.step(1)]

    assert rests == [WELL_SECONDS, 1, WELL_SECONDS]
    assert len(station.door.checks) == 2
    assert station.door.checks[0]["bridge"] == "google"
    assert len(station.door.checks[0]["checks"][0]["says"]) == 500
    assert station.told == [("key", False), ("rounds", False)]


@pytest.mark.parametrize(
    "wrong", [OSError("no"), ValueError("what?"), OverflowError("1e999"), EnrollmentError("mend the file")]
)
def test_what_begins_to_fail_is_told_within_a_minute_and_so_is_its_end(station: Station, wrong: Exception) -> None:
    station.step()
    station.service.wrong = wrong
    station.rounds._due_at = 0.0
    rests = [station.step(10), station.step(LEAST_SECONDS)]
    failing = station.told
    station.service.wrong = None
    station.rounds._due_at = 0.0
    rests.append(station.step(LEAST_SECONDS))

    assert rests == [LEAST_SECONDS - 10, WRONG_SECONDS, WELL_SECONDS]
    assert ("service", True) in failing
    assert ("rounds", True) in failing
    assert station.told == [("key", False), ("rounds", False)]


def test_a_service_that_says_when_to_come_back_is_well(station: Station) -> None:
    station.step()
    station.service.wrong = ComeBackLaterError("enough for a minute", seconds=60)
    station.rounds._due_at = 0.0

    station.step(LEAST_SECONDS)

    assert station.rounds.trouble is None
    assert len(station.door.checks) == 1


def test_a_collector_that_is_away_is_told_ten_minutes_later(station: Station) -> None:
    station.door.answers = [(503, {}, b"")]

    rests = [station.step(), station.step(WRONG_SECONDS)]

    assert rests == [WRONG_SECONDS, WELL_SECONDS]
    assert len(station.door.checks) == 1


def test_a_collector_of_before_is_asked_no_more_often_than_one_that_knows_it(station: Station) -> None:
    station.door.answers = [(404, {}, b"")]

    assert station.step() == WELL_SECONDS
