"""Whom the bridge asks, and how often: two harmless commands, once a day, and no more than is fair at a roll call."""

import json
import plistlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.bridges.bridge import RollCall
from rollcall_agent.bridges.nanomdm.agenda import BATCH_MAX, ROLL_CALLS_A_DAY_MAX, Agenda
from rollcall_agent.bridges.nanomdm.asking import QUERIES, Asker
from rollcall_agent.bridges.nanomdm.memory import IpadMemory
from rollcall_agent.bridges.nanomdm.words import read_word
from rollcall_agent.enrollment import Door
from tests.support.ipads import posts
from tests.support.ipads.fake_nanomdm import API_KEY, FakeNanoMdm, fake_nanomdm

NOW = datetime(2026, 9, 14, 8, 40, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Station:
    folder: Path
    service: FakeNanoMdm
    stack: ExitStack
    now: datetime = NOW
    called: list[RollCall] = field(default_factory=list)
    memory: IpadMemory = field(init=False)
    asker: Asker = field(init=False)

    def start(self) -> None:
        self.stack.close()
        self.memory = IpadMemory(self.folder)
        self.memory.start()
        self.stack.callback(self.memory.stop)
        door = Door(self.service.url)
        door.start()
        self.stack.callback(door.stop)
        self.asker = Asker(
            agenda=Agenda(self.memory), door=door, api_key=API_KEY, roll_call=lambda: self.called, is_inviting=False
        )

    def hear(self, said: dict[str, Any]) -> None:
        self.memory.hear(read_word(json.dumps(posts.event(said, self.now)).encode()))

    def enroll(self, count: int) -> None:
        for number in range(count):
            self.hear(posts.authenticate(number))

    def steps(self, seconds: int) -> None:
        for _ in range(seconds):
            self.asker.step(self.now)
            self.now += SECOND

    def call(self, numbers: range, site: str) -> None:
        self.called += [RollCall(serial_number=posts.serial_of(number), site=site) for number in numbers]

    def told(self) -> list[tuple[str, str]]:
        return [
            (one.channel, one.code)
            for row in self.memory.waiting(0, 999)
            for one in row.bodies
            if one.kind == "failure"
        ]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with fake_nanomdm() as service, ExitStack() as stack:
        found = Station(folder=tmp_path, service=service, stack=stack)
        found.start()
        yield found


def test_each_ipad_is_asked_once_a_day_and_only_for_what_is_named(station: Station) -> None:
    station.enroll(120)
    station.steps(30)
    after_a_minute = len(station.service.commands)
    station.now += timedelta(hours=23)
    station.steps(30)
    after_a_day_less_an_hour = len(station.service.commands)
    station.now += timedelta(hours=1)
    station.steps(30)

    (command, _) = station.service.queues[posts.udid_of(7)]
    assert (after_a_minute, after_a_day_less_an_hour, len(station.service.commands)) == (120, 120, 240)
    assert command["Command"] == {"RequestType": "DeviceInformation", "Queries": list(QUERIES)}
    assert max(map(len, station.service.requests)) == BATCH_MAX


def test_no_command_but_the_allowed_two_exists(station: Station) -> None:
    station.asker.is_inviting = True
    station.enroll(3)
    station.steps(5)

    assert Counter(station.service.commands) == {"DeviceInformation": 3, "DeclarativeManagement": 3}


def test_a_device_that_left_or_is_no_ipad_is_not_asked(station: Station) -> None:
    station.enroll(3)
    station.now += SECOND
    station.hear(posts.check_out(1))
    station.hear(posts.authenticate(2, ProductName="MacBookAir10,1"))

    station.steps(3)

    assert list(station.service.queues) == [posts.udid_of(0)]


def test_an_answer_of_500_with_the_command_queued_is_not_asked_twice(station: Station) -> None:
    station.service.has_push = False
    station.enroll(2)

    station.steps(600)

    assert station.service.commands == ["DeviceInformation"] * 2
    assert len(station.service.requests) == 1


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_could_not_be_asked_is_asked_later_under_the_same_name(station: Station, is_killed: bool) -> None:
    station.enroll(2)
    station.service.is_broken = True
    station.steps(2)
    if is_killed:
        station.start()
    station.service.is_broken = False

    station.steps(400)

    assert station.service.commands == ["DeviceInformation"] * 2
    (asked,) = {one["CommandUUID"] for queue in station.service.queues.values() for one in queue}
    assert asked.startswith("rollcall-")


def test_nobody_is_called_more_than_six_times_a_day_nor_twice_in_five_minutes(station: Station) -> None:
    station.enroll(1)
    station.steps(2)
    station.call(range(1), site="a")

    for _ in range(24 * 12):
        station.steps(1)
        station.now += timedelta(minutes=5) - SECOND
    calls = len(station.service.queues[posts.udid_of(0)])

    assert calls == ROLL_CALLS_A_DAY_MAX + 1  # and the question of the day itself


def test_not_now_is_presence_and_an_error_is_told_with_what_was_answered_before(station: Station) -> None:
    station.enroll(1)
    station.steps(2)
    (command,) = station.service.queues[posts.udid_of(0)]
    name = command["CommandUUID"]

    station.hear({"Status": "NotNow", "UDID": posts.udid_of(0), "CommandUUID": name})
    station.hear(posts.answer(0, name))
    station.hear(posts.failed(0, name))
    station.hear(posts.failed(0, "a-command-of-somebody-else"))

    bodies = [one for row in station.memory.waiting(0, 99) for one in row.bodies if one.kind == "failure"]
    assert [(one.code, one.evidence) for one in bodies] == [("command_failed", {"delta": 1.0, "value": 12021})]


def test_a_push_that_apple_took_and_nobody_answered_is_told_after_a_day(station: Station) -> None:
    station.enroll(2)
    station.now += SECOND
    station.steps(2)
    station.now += timedelta(hours=2)
    station.hear(posts.idle(0))

    station.memory.sweep(station.now + timedelta(hours=20))
    early = station.told()
    station.memory.sweep(station.now + timedelta(hours=23))
    station.memory.sweep(station.now + timedelta(hours=24))

    assert early == []
    assert station.told() == [("management", "push_unanswered")]


def test_without_a_push_certificate_nobody_is_blamed(station: Station) -> None:
    station.service.has_push = False
    station.enroll(1)
    station.steps(2)

    station.memory.sweep(station.now + timedelta(days=2))

    assert station.told() == []


def _serial(udid: str) -> str:
    return posts.serial_of(int(udid.partition("-")[2], 16))


def test_what_the_fake_takes_is_what_nanomdm_takes() -> None:
    body = plistlib.dumps({"CommandUUID": "c", "Command": {"RequestType": "DeviceInformation"}})

    assert FakeNanoMdm(url="", has_push=False).enqueue(("a",), body)[0] == 500
