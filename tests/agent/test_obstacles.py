"""What stands between a device and its collector is named by its cause, and so is the way out."""

import codecs
import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from rollcall_agent.config import read_settings
from rollcall_agent.enrollment import Preparation, StateFolder, enroll
from rollcall_agent.errors import EnrollmentError
from rollcall_agent.obstacles import explain_answer, explain_error
from rollcall_agent.resident.identity import stand
from rollcall_agent.sources.linux import SYSTEM
from rollcall_wire import Inventory
from tests.support.agents import ask
from tests.support.device import device
from tests.support.stand_ins.enrolling import enrolling
from tests.support.stand_ins.portal import answering

NOW = datetime(2026, 9, 14, 8, 5, tzinfo=UTC)
PAGE = b"\n<!DOCTYPE html><html><title>Welcome</title></html>"


def tell(url: str, ca_file: Path | None, state: Path, **env: str) -> str:
    arguments = () if ca_file is None else ("--ca-file", str(ca_file))
    done = ask("enroll", state, url, *arguments, ROLLCALL_AGENT_TOKEN="A" * 20, **env)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize(
    ("certificate", "name", "words"),
    [
        (("20350101000000Z", "20360101000000Z"), "localhost", ["clock", "behind", "clock battery"]),
        (("20200101000000Z", "20210101000000Z"), "localhost", ["clock", "no longer valid", "renew"]),
        (("20200101000000Z", "20360101000000Z"), "portal.example", ["another name", "captive portal"]),
    ],
)
def test_a_certificate_that_does_not_fit_names_its_cause(
    certificate: tuple[str, str], name: str, words: list[str], tmp_path: Path
) -> None:
    with answering(tmp_path, status=200, certificate=certificate, name=name) as server:
        said = tell(server.url, server.ca_file, tmp_path / "state")

    assert [word for word in words if word not in said] == []


def test_a_certificate_of_an_unknown_authority_names_the_setting(tmp_path: Path) -> None:
    with answering(tmp_path, status=200) as server:
        said = tell(server.url, None, tmp_path / "state")

    assert "--ca-file" in said


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, PAGE, ["a web page came", "captive portal", "check the address"]),
        (403, PAGE, ["web filter"]),
        (307, b"", ["redirected to portal.example", "captive portal", "HTTP 307"]),
        (511, b"", ["sign in", "another network"]),
        (407, PAGE, ["a proxy on the way"]),
        (502, PAGE, ["a gateway answers", "restarts"]),
        (503, b"upstream down", ["a gateway answers", "try again"]),
        (522, PAGE, ["a gateway answers", "try again"]),
        (200, codecs.BOM_UTF8 + PAGE.lstrip(), ["a web page came", "captive portal"]),
        (200, b"Please log in at http://guest.example", ["something else came", "captive portal"]),
        (401, PAGE, ["a web page came", "web filter"]),
    ],
)
def test_what_answers_in_the_collector_s_place_is_named(
    status: int, body: bytes, words: list[str], tmp_path: Path
) -> None:
    with answering(tmp_path, status=status, body=body) as server:
        said = tell(server.url, server.ca_file, tmp_path / "state")

    assert [word for word in words if word not in said] == []
    assert "secret" not in said


@pytest.mark.parametrize(("status", "body"), [(404, PAGE), (401, b"{}"), (200, b"{}"), (500, PAGE)])
def test_a_wrong_address_is_not_taken_for_an_obstacle(status: int, body: bytes) -> None:
    assert explain_answer(status, body, None) is None


def test_a_collector_s_own_words_go_before_a_guess() -> None:
    with enrolling() as server:
        server.status, server.answer = 503, {"error": "busy", "detail": "The store is being restored."}

        with pytest.raises(EnrollmentError, match="being restored"):
            enroll(server.url, token="t", hardware={"system": "a" * 64}, inventory=Inventory(platform="linux"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "DNS"),
        (ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)), "nobody listens"),
        (TimeoutError("timed out"), "firewall"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "on the network"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "restarts"),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), "restarts"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "does not speak TLS"),
        (OSError(errno.EHOSTDOWN, "Host is down"), "on the network"),
        (PermissionError(errno.EPERM, "Operation not permitted"), "own firewall"),
        (OSError("something else"), "something else"),
    ],
)
def test_an_error_of_the_network_says_what_to_check(error: OSError, words: str) -> None:
    assert words in explain_error(error, now=NOW)


@contextmanager
def hanging_up() -> Iterator[str]:
    """A gateway that restarts: it takes the connection and closes it without a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(2):  # a kept connection that was let go is tried once more
                connection, _address = server.accept()
                connection.recv(65_536)
                connection.close()

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)


def test_a_gateway_that_hangs_up_is_told_as_a_restart(tmp_path: Path) -> None:
    with hanging_up() as url:
        said = tell(url, None, tmp_path / "state")

    assert "restarts" in said


@pytest.mark.parametrize(("status", "answer"), [(502, b"<html>"), (511, b""), (302, b""), (200, PAGE)])
def test_a_prepared_device_waits_until_the_obstacle_is_gone(status: int, answer: bytes, tmp_path: Path) -> None:
    waits: list[float] = []
    with enrolling() as server:
        good, server.status, server.answer = server.answer, status, answer
        state, prepared = StateFolder(tmp_path / "state"), Preparation(url=server.url, token="a-token")

        def wait(seconds: float) -> bool:
            waits.append(seconds)
            server.status, server.answer = 200, good
            return True

        host = device(tmp_path / "d", {"etc/machine-id": "3d1219c7"})
        identity = stand(state, prepared, SYSTEM, host, wait)

    assert identity is not None
    assert waits == [5.0]


def test_a_proxy_is_not_used_and_its_name_is_told_but_never_its_password(tmp_path: Path, free_port: int) -> None:
    said = tell(
        f"http://127.0.0.1:{free_port}", None, tmp_path / "state", HTTPS_PROXY="http://user:hunter2@proxy.example:3128"
    )
    doctor = ask("doctor", tmp_path / "state", HTTPS_PROXY="http://user:hunter2@proxy.example:3128").stdout

    assert "HTTPS_PROXY is set, but the agent uses no proxy" in said
    assert "MQTT goes through no proxy" in doctor
    assert "hunter2" not in said + doctor


def test_where_no_proxy_is_named_nothing_is_said_of_one() -> None:
    assert read_settings(environ={"HOME": "/root", "HTTPS_PROXY": ""}).proxy_variable is None
