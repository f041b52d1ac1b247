"""A bridge's devices get their ids many at once, once each, and only news is asked for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.devices import bring_in
from rollcall_agent.enrollment.known_devices import BridgedDevice, KnownDevices
from rollcall_agent.errors import ComeBackLaterError, EnrollmentError, OutboxError
from rollcall_wire import Inventory
from tests.support.stand_ins.bridge_door import BridgeDoor, bridge_door

IPAD = Inventory(platform="ipados", model="iPad 9", os_version="17.7.2")
DEVICES = tuple(
    BridgedDevice(serial_number=f"DMPX{number}", hardware_keys=(f"udid-{number}",), inventory=IPAD)
    for number in range(3)
)


@pytest.fixture
def server() -> Iterator[BridgeDoor]:
    with bridge_door() as running:
        yield running


@pytest.fixture
def door(server: BridgeDoor) -> Iterator[Door]:
    found = Door(server.url)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def known(tmp_path: Path) -> Iterator[KnownDevices]:
    found = KnownDevices(tmp_path / "devices.sqlite3")
    found.start()
    yield found
    found.stop()


def test_ids_come_in_one_call_in_the_order_of_the_list(server: BridgeDoor, door: Door, known: KnownDevices) -> None:
    brought = bring_in(door, server.identity, known, DEVICES)

    assert [brought.ids[device.name] for device in DEVICES] == [server.ids[f"DMPX{number}"] for number in range(3)]
    assert server.batches[0][0] == {
        "serial_number": "DMPX0",
        "hardware_keys": ["udid-0"],
        "inventory": {
            "kind": "inventory",
            "platform": "ipados",
            "model": "iPad 9",
            "os_version": "17.7.2",
            "sources": [],
            "permissions_missing": [],
        },
    }


def test_only_what_is_new_or_changed_is_asked_for_again(server: BridgeDoor, door: Door, known: KnownDevices) -> None:
    known.keep(bring_in(door, server.identity, known, DEVICES).given)
    changed = replace(DEVICES[1], inventory=replace(IPAD, os_version="18.1"))
    newcomer = BridgedDevice(serial_number="DMPX9", hardware_keys=("udid-9",))

    brought = bring_in(door, server.identity, known, (DEVICES[0], changed, DEVICES[2], newcomer))

    assert [device["serial_number"] for device in server.batches[1]] == ["DMPX1", "DMPX9"]
    assert [device.serial_number for device, _ in brought.given] == ["DMPX1", "DMPX9"]
    assert len(brought.ids) == 4


def test_ids_outlive_a_restart(server: BridgeDoor, door: Door, tmp_path: Path) -> None:
    for _ in range(2):
        known = KnownDevices(tmp_path / "devices.sqlite3")
        known.start()
        known.keep(bring_in(door, server.identity, known, DEVICES).given)
        known.stop()

    assert len(server.batches) == 1
    assert (tmp_path / "devices.sqlite3").stat().st_mode & 0o077 == 0


def test_two_devices_with_one_placeholder_for_a_serial_number_stay_two(
    server: BridgeDoor, door: Door, known: KnownDevices
) -> None:
    twins = [BridgedDevice(serial_number="To be filled", hardware_keys=(key,)) for key in ("one", "two")]

    bring_in(door, server.identity, known, twins)

    assert [device["hardware_keys"] for device in server.batches[0]] == [["one"], ["two"]]


def test_a_refused_device_costs_its_neighbours_nothing(server: BridgeDoor, door: Door, known: KnownDevices) -> None:
    server.refuses.add("DMPX1")

    brought = bring_in(door, server.identity, known, DEVICES)
    known.keep(brought.given)

    assert {name: no_id.code for name, no_id in brought.refusals.items()} == {DEVICES[1].name: "retired_device"}
    assert set(brought.ids) == {DEVICES[0].name, DEVICES[2].name}
    assert known.is_news(DEVICES[1])


def test_a_busy_collector_says_when_to_come_back(server: BridgeDoor, door: Door, known: KnownDevices) -> None:
    server.answers.append((503, {"retry-after": "12"}, b'{"error": "busy", "detail": "Other bridges are here."}'))

    with pytest.raises(ComeBackLaterError, match="Other bridges are here") as later:
        bring_in(door, server.identity, known, DEVICES)

    assert later.value.seconds == 12.0
    assert len(bring_in(door, server.identity, known, DEVICES).ids) == 3


def test_another_password_is_refused_in_the_collector_s_words(
    server: BridgeDoor, door: Door, known: KnownDevices
) -> None:
    with pytest.raises(EnrollmentError, match="gave this bridge no ids for its devices: Nobody of that name"):
        bring_in(door, replace(server.identity, password="another"), known, DEVICES)


@pytest.mark.parametrize("body", [b"{}", b'{"devices": [{"device_id": "d-1"}]}', b'{"devices": [{}, {}, {}]}'])
def test_an_answer_that_does_not_fit_the_question_gives_nobody_an_id(
    server: BridgeDoor, door: Door, known: KnownDevices, body: bytes
) -> None:
    server.answers.append((200, {}, body))

    with pytest.raises(EnrollmentError, match="upgrade it"):
        bring_in(door, server.identity, known, DEVICES)


def test_a_device_that_nothing_names_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="a serial number or a hardware key"):
        BridgedDevice(serial_number=None)


def test_a_damaged_file_costs_one_round_of_questions(server: BridgeDoor, door: Door, tmp_path: Path) -> None:
    (tmp_path / "devices.sqlite3").write_bytes(b"not a database at all, but long enough to be looked at" * 30)
    known = KnownDevices(tmp_path / "devices.sqlite3")

    known.start()

    assert len(bring_in(door, server.identity, known, DEVICES).ids) == 3
    known.stop()


def test_a_file_out_of_reach_is_named_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(OutboxError, match=r"devices\.sqlite3 cannot be used"):
        KnownDevices(tmp_path / "file" / "devices.sqlite3").start()
