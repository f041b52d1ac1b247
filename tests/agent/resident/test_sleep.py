"""The agent's sleep ends when a service manager asks for something, from threads of its own."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from rollcall_agent.outbox import Outbox
from rollcall_agent.resident.look import Lookout
from rollcall_agent.resident.loop import Residence
from rollcall_agent.resident.sleep import Waking
from rollcall_agent.sources.registry import this_system
from rollcall_agent.sources.source import Host, Moment
from tests.support.device import NOW, Programs


@pytest.fixture
def waking() -> Iterator[Waking]:
    """A sleep without signals: those are pytest's here."""
    made = Waking()
    yield made
    made._woken.close()
    made._waker.close()


def test_a_stop_that_is_asked_for_wakes_the_agent_and_is_remembered_as_the_systems(waking: Waking) -> None:
    asks = Thread(target=lambda: waking.ask_to_stop(is_system_stopping=True))

    asks.start()
    began = time.monotonic()
    waking.wait(None, 30.0)

    asks.join()
    assert time.monotonic() - began < 20
    assert (waking.is_stopping, waking.is_system_stopping) == (True, True)


def test_a_look_that_is_asked_for_is_waited_for_until_it_was_taken(waking: Waking) -> None:
    asks = Thread(target=lambda: waking.ask_to_look(within=30.0))

    asks.start()
    while not waking.take_request():
        waking.wait(None, 30.0)
    was_waiting = asks.is_alive()
    waking.answer_request()
    asks.join(20)

    assert (was_waiting, asks.is_alive()) == (True, False)
    assert waking.take_request() is False


def test_nobody_waits_for_a_look_longer_than_a_device_takes_to_sleep(waking: Waking) -> None:
    waking.ask_to_look(within=0.01)

    assert waking.take_request() is True


@pytest.mark.parametrize("is_hastened", [True, False])
def test_a_hastened_residence_keeps_its_vitals_at_once(tmp_path: Path, is_hastened: bool) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite3")
    outbox.start()
    residence = Residence(
        device_id="d-0123456789ab",
        system=this_system(),
        outbox=outbox,
        host=Host(root=tmp_path, run=Programs()),
        lookout=Lookout(()),
        random=Random(1),
        is_supervised=True,
    )
    moment = Moment(now=NOW, awake_seconds=600.0, since_boot_seconds=600.0)
    later = Moment(now=NOW, awake_seconds=630.0, since_boot_seconds=630.0)
    residence.start(moment)
    residence.look(moment)
    before = outbox.waiting()

    if is_hastened:
        residence.hasten(later)
    residence.look(later)

    kept = outbox.waiting() - before
    outbox.stop()
    assert kept == is_hastened


def test_memory_is_let_go_before_a_long_sleep_alone() -> None:
    let_go: list[str] = []
    waking = Waking(let_go=lambda: let_go.append("once"))
    waking.wake()  # so that it only falls asleep

    waking.wait(None, 0.01)
    after_a_short_one = len(let_go)
    waking.wake()
    waking.wait(None, 60.0)

    assert (after_a_short_one, let_go) == (0, ["once"])
    waking.stop()
