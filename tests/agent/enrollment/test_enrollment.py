"""Enrollment: a device shows a token and gets a name, from a real web server."""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rollcall_agent.config import AgentSettings, read_settings
from rollcall_agent.enrollment import Identity, Preparation, StateFolder, enroll
from rollcall_agent.errors import ConfigError, EnrollmentError, NotEnrolledError
from rollcall_agent.resident.identity import CopiedDiskError, join, stand
from rollcall_agent.sources.linux import SYSTEM
from rollcall_wire import Inventory
from tests.support.device import device
from tests.support.stand_ins.enrolling import Enrolling, enrolling

HARDWARE = "a" * 64
INVENTORY = Inventory(platform="linux", serial_number="5CD1234XYZ")
FILES = {"etc/machine-id": "3d1219c7", "sys/class/dmi/id/product_uuid": "4c4c4544-0042"}


@pytest.fixture
def server() -> Iterator[Enrolling]:
    with enrolling() as running:
        yield running


def ask(url: str, token: str = "token-of-the-school") -> Identity:
    return enroll(url, token=token, hardware={"firmware": HARDWARE, "system": "b" * 64}, inventory=INVENTORY)


def test_a_device_shows_its_token_hardware_and_inventory_and_gets_an_identity(server: Enrolling) -> None:
    identity = ask(server.url)

    assert server.asked == [
        (
            "/api/v1/enroll",
            {
                "token": "token-of-the-school",
                "hardware_id": HARDWARE,
                "inventory": {
                    "kind": "inventory",
                    "platform": "linux",
                    "serial_number": "5CD1234XYZ",
                    "sources": [],
                    "permissions_missing": [],
                },
            },
        )
    ]
    assert (identity.device_id, identity.broker_port, identity.ca_pem) == ("d-0123456789ab", 1, None)
    assert identity.settings["vitals_minutes"] == 30
    assert "a-secret" not in repr(identity)


@pytest.mark.parametrize(
    ("status", "code", "way_out"),
    [
        (401, "bad_token", "check the token"),
        (401, "expired_token", "ask for a new token"),
        (401, "used_up_token", "more uses"),
        (403, "retired_device", "reinstated"),
        (422, "wrong_shape", "upgrade"),
        (429, "too_many", "wait a minute"),
    ],
)
def test_a_refusal_is_told_in_the_collector_s_words_with_the_way_out(
    server: Enrolling, status: int, code: str, way_out: str
) -> None:
    server.status, server.answer = status, {"error": code, "detail": "The collector's own sentence."}

    with pytest.raises(EnrollmentError, match=f"The collector's own sentence.*{way_out}"):
        ask(server.url)


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"broker": null, "device_id": 1}', b"\xff"])
def test_another_server_s_answer_is_no_identity(server: Enrolling, answer: bytes) -> None:
    server.answer = answer

    with pytest.raises(EnrollmentError, match="check the address"):
        ask(server.url)


def test_another_server_s_refusal_is_named_by_its_status(server: Enrolling) -> None:
    server.status, server.answer = 302, b"moved"

    with pytest.raises(EnrollmentError, match="HTTP 302"):
        ask(server.url)


@pytest.mark.parametrize("url", ["http://rollcall.example.org", "ftp://127.0.0.1", "rollcall.example.org", "http://"])
def test_a_password_never_travels_in_the_open(url: str) -> None:
    with pytest.raises(ConfigError, match="https"):
        ask(url)


def test_nobody_there_is_an_error_of_the_network(free_port: int) -> None:
    with pytest.raises(OSError, match="refused"):
        ask(f"http://127.0.0.1:{free_port}")


UNPREPARED = Preparation()


def prepared(server: Enrolling) -> Preparation:
    return Preparation(url=server.url, token="a-token")


def joined(state: StateFolder, folder: Path, server: Enrolling) -> Identity:
    return join(state, SYSTEM, device(folder, FILES), url=server.url, token="t")


def test_the_identity_is_kept_for_its_owner_alone(tmp_path: Path, server: Enrolling) -> None:
    server.answer["broker"]["ca_pem"] = "-----BEGIN CERTIFICATE-----"
    state = StateFolder(tmp_path / "state")

    identity = joined(state, tmp_path / "d", server)

    assert state.load() == identity
    assert stat.S_IMODE(state.identity_file.stat().st_mode) == 0o600
    assert state.ca_pem_file.read_text() == "-----BEGIN CERTIFICATE-----"


def test_a_bridge_is_no_device_and_its_null_id_is_no_text(server: Enrolling) -> None:
    server.answer |= {"device_id": None, "publisher": "b-ipados-aaaaaaaaaaaa"}

    identity = ask(server.url)

    assert identity.device_id is None
    assert identity.publisher == "b-ipados-aaaaaaaaaaaa"


def test_a_device_that_shows_a_bridge_s_token_is_told_so(tmp_path: Path, server: Enrolling) -> None:
    server.answer["device_id"] = None

    with pytest.raises(EnrollmentError, match="this token is for a bridge"):
        joined(StateFolder(tmp_path / "state"), tmp_path / "d", server)

    assert not (tmp_path / "state").exists()


def test_a_prepared_device_enrolls_by_itself_and_only_once(tmp_path: Path, server: Enrolling) -> None:
    state, host = StateFolder(tmp_path / "state"), device(tmp_path / "d", FILES)

    first = stand(state, prepared(server), SYSTEM, host, lambda _: True)
    second = stand(state, prepared(server), SYSTEM, host, lambda _: True)

    assert first == second
    assert len(server.asked) == 1


def test_an_unprepared_device_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolledError, match="rollcall-agent enroll URL"):
        stand(StateFolder(tmp_path), UNPREPARED, SYSTEM, device(tmp_path / "d", FILES), lambda _: True)


def test_a_collector_that_is_not_there_yet_is_asked_again(tmp_path: Path, free_port: int) -> None:
    waits: list[float] = []
    absent = Preparation(url=f"http://127.0.0.1:{free_port}", token="a-token")

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) < 3

    identity = stand(StateFolder(tmp_path), absent, SYSTEM, device(tmp_path / "d", FILES), wait)

    assert identity is None
    assert waits == [5.0, 10.0, 30.0]


def copied(tmp_path: Path, server: Enrolling) -> StateFolder:
    state = StateFolder(tmp_path / "state")
    joined(state, tmp_path / "original", server)
    state.outbox_file.write_bytes(b"reports of the original")
    return state


def test_a_copied_disk_throws_identity_and_reports_away_and_enrolls_anew(tmp_path: Path, server: Enrolling) -> None:
    state = copied(tmp_path, server)
    server.answer["device_id"] = server.answer["publisher"] = "d-ffffffffffff"
    copy = device(tmp_path / "copy", {**FILES, "sys/class/dmi/id/product_uuid": "a-second-device"})

    identity = stand(state, prepared(server), SYSTEM, copy, lambda _: True)

    assert identity is not None
    assert identity.device_id == "d-ffffffffffff"
    assert not state.outbox_file.exists()


def test_a_copied_disk_without_a_token_says_what_to_do(tmp_path: Path, server: Enrolling) -> None:
    state = copied(tmp_path, server)
    copy = device(tmp_path / "copy", {**FILES, "sys/class/dmi/id/product_uuid": "a-second-device"})

    with pytest.raises(CopiedDiskError, match="copied"):
        stand(state, UNPREPARED, SYSTEM, copy, lambda _: True)

    assert state.outbox_file.exists()


def test_enrolling_again_as_the_same_device_keeps_its_reports(tmp_path: Path, server: Enrolling) -> None:
    state = copied(tmp_path, server)

    joined(state, tmp_path / "original", server)

    assert state.outbox_file.read_bytes() == b"reports of the original"


def test_a_damaged_identity_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "identity.json").write_text("{")

    with pytest.raises(ConfigError, match="enroll URL"):
        StateFolder(tmp_path).load()


def test_an_identity_is_written_whole(tmp_path: Path, server: Enrolling) -> None:
    identity = ask(server.url)
    state = StateFolder(tmp_path)
    state.save(identity)
    state.save(replace(identity, password="another"))

    assert json.loads((tmp_path / "identity.json").read_text())["password"] == "another"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["identity.json"]


def test_the_surroundings_are_read_in_one_place(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    found = read_settings(
        environ={
            "ROLLCALL_AGENT_STATE": str(tmp_path),
            "ROLLCALL_AGENT_URL": "https://x",
            "ROLLCALL_AGENT_TOKEN_FILE": str(tmp_path / "token"),
            "INVOCATION_ID": "1",
        }
    )

    assert found == AgentSettings(
        state=StateFolder(tmp_path),
        preparation=Preparation(url="https://x", token="from-a-file"),
        is_supervised=True,
    )
    assert read_settings(tmp_path / "other", environ={}).state == StateFolder(tmp_path / "other")


def test_without_a_word_root_and_others_have_their_own_folder(tmp_path: Path) -> None:
    found = read_settings(environ={"HOME": "/home/someone"})

    is_root = os.geteuid() == 0
    expected = "/var/lib/rollcall-agent" if is_root else "/home/someone/.local/state/rollcall-agent"
    assert found.state.path == Path(expected)
