"""The extension's courier in a real browser, at a real broker, with a collector that does as it is told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page
from pydantic import TypeAdapter

from rollcall_agent.bridges.google.memory import hardware_key
from rollcall_collector.ingest.validate import read_state
from rollcall_wire import Ack, Message, SchoolHours, Settings
from tests.support.brokers.either import LOGIN, running_broker
from tests.support.identities import enroll_one, new_store
from tests.support.stand_ins.acknowledging import AcknowledgingCollector, collecting
from tests.support.wait import wait_for

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto]

_START = """
const { Outbox } = await import("/outbox/outbox.js");
const { Courier } = await import("/courier/courier.js");
window.settings = [];
window.refusals = 0;
window.outbox = await new Outbox({ name: given.name }).open();
window.courier = new Courier({
  outbox: window.outbox,
  identity: given.identity,
  hours: null,
  onSettings: (settings) => window.settings.push(settings),
  onRefused: () => { window.refusals += 1; },
  random: () => 0.01,
});
window.add = async (count) => {
  const bodies = Array.from({ length: count }, (_, place) => ({ kind: "vitals", battery_level_percent: place + 1 }));
  await window.outbox.add(bodies, { deviceId: given.identity.deviceId, at: Date.now(), hours: null });
  await window.courier.step();
};
await window.courier.step();
"""
_MESSAGE = TypeAdapter(Message)


class Device:
    """The courier of one device in the page."""

    def __init__(self, page: Page, identity: dict[str, Any]) -> None:
        self._page = page
        self.name = identity["publisher"]
        self._page.evaluate(f"async (given) => {{ {_START} }}", {"name": f"courier {uuid4()}", "identity": identity})

    def add(self, count: int) -> None:
        self._page.evaluate("(count) => window.add(count)", count)

    def ask(self, script: str) -> Any:
        return self._page.evaluate(f"() => {script}")

    def waiting(self) -> int:
        return int(self.ask("window.outbox.waiting()"))

    def wait_until_delivered(self) -> None:
        wait_for(lambda: self.waiting() == 0, what="the acknowledgement of everything")


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[tuple[AcknowledgingCollector, dict[str, Any]]]:
    """A collector that listens, and the identity of a device at its broker."""
    engine = new_store(tmp_path)
    one = enroll_one(engine)
    with running_broker("mosquitto", engine, tmp_path, websocket_port=0) as broker:
        address = f"ws://127.0.0.1:{broker.websocket_port}/mqtt"
        identity = {"deviceId": one.device_id, "publisher": one.publisher, "password": one.password}
        with collecting("127.0.0.1", broker.port, username=LOGIN.user, password=LOGIN.password) as listening:
            yield listening, identity | {"websocketUrl": address}
    engine.dispose()


@pytest.fixture
def device(page: Page, collector: Any) -> Iterator[Device]:
    found = Device(page, collector[1])
    yield found
    page.evaluate("() => window.courier.stop()")


def test_google_and_the_extension_know_a_chromebook_by_the_same_key(page: Page) -> None:
    directory_id = "0f3c5d1e-7b2a-4c66-9f0d-5a1b2c3d4e5f"

    shown = page.evaluate("async (id) => (await import('/enrollment/enrollment.js')).sha256(id)", directory_id)

    assert shown == hardware_key(directory_id)


def test_a_report_stays_until_it_is_acknowledged(device: Device, collector: Any) -> None:
    listening, _ = collector
    listening.has_acks = False

    device.add(3)
    wait_for(lambda: listening.received, what="the message")
    before = device.waiting()
    listening.grant_everything()
    device.wait_until_delivered()

    assert before == 3
    assert listening.kept(device.name, listening.received[0].epoch) == {1, 2, 3}


def test_its_messages_and_states_are_those_of_the_wire(device: Device, collector: Any) -> None:
    listening, _ = collector

    wait_for(lambda: listening.states, what="its state")
    device.add(2)
    device.wait_until_delivered()

    message = _MESSAGE.validate_json(listening.received[0].payload)
    _, state = listening.states[0]

    assert (message.publisher, [one.seq for one in message.reports]) == (device.name, [1, 2])
    assert message.sent_at.hour == message.sent_at.minute == 0  # no hours are known yet: only the day
    assert read_state(json.dumps(state).encode()) is not None
    assert (state["state"], state["newest"], state["epoch"]) == ("ready", 0, message.epoch)


def test_five_hundred_reports_go_in_messages_that_the_wire_allows(device: Device, collector: Any) -> None:
    listening, _ = collector

    device.add(900)
    device.wait_until_delivered()

    assert max(len(one.payload) for one in listening.received) <= 65_536
    assert sum(listening.arrivals.values()) == 900


def test_a_collector_that_comes_back_is_told_again_at_once(device: Device, collector: Any) -> None:
    listening, _ = collector
    listening.has_acks = False
    device.add(1)
    wait_for(lambda: listening.received, what="the first message")

    listening.has_acks = True
    hours = SchoolHours(zone="Europe/Berlin")
    listening.send_settings(device.name, Settings(vitals_minutes=20, school_hours=hours))
    device.wait_until_delivered()

    assert len(listening.received) == 2
    assert device.ask("window.settings.at(-1).vitalsMinutes") == 20


def test_what_is_garbled_on_its_way_is_sent_again_one_by_one(device: Device, collector: Any) -> None:
    listening, _ = collector
    listening.unreadable = {2}

    device.add(3)
    device.wait_until_delivered()

    assert [one.seqs for one in listening.received] == [(1, 2, 3), (1,), (2,), (3,)]
    assert listening.kept(device.name, listening.received[0].epoch) == {1, 3}


def test_a_refused_report_is_let_go(device: Device, collector: Any) -> None:
    listening, _ = collector
    listening.refuses = {2: "wrong_device"}

    device.add(3)
    device.wait_until_delivered()

    assert listening.kept(device.name, listening.received[0].epoch) == {1, 3}


def test_a_collector_that_knows_more_than_was_numbered_makes_it_number_anew(device: Device, collector: Any) -> None:
    listening, _ = collector
    device.add(1)
    device.wait_until_delivered()
    before = device.ask("window.outbox.epoch")
    listening.has_acks = False
    device.add(1)
    wait_for(lambda: len(listening.received) == 2, what="the second message")

    listening.has_acks = True
    known = Ack(epoch=before, kept=((1, 40),), refused=(), now=datetime.now(UTC), credit=10.0)
    listening.send_ack(device.name, known)
    device.wait_until_delivered()

    last = _MESSAGE.validate_json(listening.received[-1].payload)
    assert (last.follows, last.first_seq, last.reports[0].seq) == (before, 2, 2)
    assert last.epoch != before


def test_an_ack_of_somebody_elses_epoch_or_no_ack_at_all_changes_nothing(device: Device, collector: Any) -> None:
    listening, _ = collector
    listening.has_acks = False
    device.add(1)
    wait_for(lambda: listening.received, what="the message")

    strange = Ack(epoch="ffffffffffffffff", kept=((1, 9),), refused=(), now=datetime.now(UTC), credit=1.0)
    listening.send_ack(device.name, strange)
    for wrong in (b"", b"{}", b'{"epoch": 5, "kept": [[1]], "refused": 7}', b"\xff"):
        listening.send_raw_ack(device.name, wrong)
    listening.send_settings(device.name, Settings(vitals_minutes=7))
    wait_for(lambda: device.ask("window.settings.length") > 0, what="what was said after them")

    assert device.waiting() == 1
    assert device.ask("window.courier.isConnected")


def test_a_goodbye_is_said_and_no_will(device: Device, collector: Any) -> None:
    listening, _ = collector
    wait_for(lambda: listening.states, what="ready")

    device.ask("window.courier.stop()")
    wait_for(lambda: len(listening.states) == 2, what="the goodbye")

    assert [state["state"] for _, state in listening.states] == ["ready", "disconnected"]
    assert listening.states[0][1]["session"] == listening.states[1][1]["session"]


def test_a_password_that_is_no_longer_known_is_told_after_three_tries(page: Page, collector: Any) -> None:
    _, identity = collector

    device = Device(page, identity | {"password": "old"})
    wait_for(lambda: device.ask("window.refusals") == 1, seconds=15, what="the refusal")

    assert not device.ask("window.courier.isConnected")
    device.ask("window.courier.stop()")
