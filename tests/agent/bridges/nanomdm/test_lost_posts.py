"""What NanoMDM posted once and the bridge could not keep: the next scheduled question makes it good."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.bridges.nanomdm.agenda import Agenda
from rollcall_agent.bridges.nanomdm.asking import Asker
from rollcall_agent.bridges.nanomdm.memory import FILE, IpadMemory
from rollcall_agent.bridges.nanomdm.receiver import Receiver
from rollcall_agent.bridges.nanomdm.settings import NanoSettings
from rollcall_agent.enrollment import Door
from rollcall_wire import Vitals
from tests.support.ipads import posts
from tests.support.ipads.fake_nanomdm import API_KEY, FakeNanoMdm, fake_nanomdm


@dataclass
class Station:
    """A bridge that listens and asks, and one iPad behind a NanoMDM that posts each event once."""

    folder: Path
    port: int
    service: FakeNanoMdm
    memory: IpadMemory
    asker: Asker
    now: datetime = datetime(2026, 9, 14, 8, 5, tzinfo=UTC)

    def say(self, said: dict[str, Any]) -> int:
        return posts.post(f"http://127.0.0.1:{self.port}/webhook", posts.event(said, self.now))

    def ask_and_answer(self, *, level: float) -> list[int]:
        """Let the bridge ask who is due; what it hears of the answers."""
        self.asker.step(self.now)
        waiting = self.service.queues.pop(posts.udid_of(1), [])
        return [self.say(posts.answer(1, one["CommandUUID"], level=level)) for one in waiting]

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """The memory's file takes nothing more."""
        with sqlite3.connect(self.folder / FILE, isolation_level=None) as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END")
            yield
            other.execute("DROP TRIGGER full")

    def levels(self) -> list[float | None]:
        rows = self.memory.waiting(0, 99)
        return [one.battery_level_percent for row in rows for one in row.bodies if isinstance(one, Vitals)]


@pytest.fixture
def station(tmp_path: Path, free_port: int) -> Iterator[Station]:
    with fake_nanomdm() as service, ExitStack() as stack:
        memory, door = IpadMemory(tmp_path), Door(service.url)
        for part in (memory, door):
            part.start()
            stack.callback(part.stop)
        asker = Asker(agenda=Agenda(memory), door=door, api_key=API_KEY, roll_call=list, is_inviting=False)
        found = Station(folder=tmp_path, port=free_port, service=service, memory=memory, asker=asker)
        settings = NanoSettings(host="127.0.0.1", port=free_port, webhook_key=posts.KEY.encode())
        receiver = stack.enter_context(Receiver(settings, memory, clock=lambda: found.now, hurry=lambda: None))
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        stack.callback(thread.join, 5)
        stack.callback(receiver.shutdown)
        yield found


def test_an_answer_that_was_refused_with_503_is_made_good_by_the_next_day_s_question(station: Station) -> None:
    station.say(posts.authenticate(1))
    with station.full_disk():
        lost = station.ask_and_answer(level=0.5)
    levels_after_the_loss = station.levels()

    station.now += timedelta(hours=23)
    too_early = station.ask_and_answer(level=0.6)
    station.now += timedelta(hours=1)
    next_day = station.ask_and_answer(level=0.7)
    station.memory.keep_counts()

    assert (lost, levels_after_the_loss, too_early, next_day) == ([503], [], [], [200])
    assert station.levels() == [70.0]
    assert station.memory.counts() == {"not_kept": 1}


def test_an_enrollment_that_was_refused_with_503_is_made_good_by_asking_who_it_is(station: Station) -> None:
    with station.full_disk():
        lost = [station.say(posts.authenticate(1)), station.say(posts.token_update(1))]
    station.say(posts.idle(1))
    nameless = station.memory.nameless()

    answered = station.ask_and_answer(level=0.7)

    assert (lost, nameless, answered) == ([503, 503], 1, [200])
    assert station.memory.nameless() == 0
    assert [row.record.serial_number for row in station.memory.waiting(0, 99)] == [posts.serial_of(1)]
    assert station.levels() == [70.0]
