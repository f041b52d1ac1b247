"""How the simulated fleet enrolls: with which token, over one connection, and never twice."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.errors import ConfigError, EnrollmentError
from rollcall_agent.simulator.command import SystemClock
from rollcall_agent.simulator.district import Plan
from rollcall_agent.simulator.identities import Entrance, Identities, Tokens, TooManyError, read_tokens
from rollcall_agent.simulator.state import settle_plan
from rollcall_wire import Inventory
from tests.support.make_believe import FIRST, LAST

ANSWER = {
    "device_id": "d-0123456789ab",
    "publisher": "d-0123456789ab",
    "password": "secret",
    "broker": {"host": "127.0.0.1", "port": 1883, "ca_pem": None},
    "settings": {"vitals_minutes": 60},
}
TOLD = Inventory(platform="linux", serial_number="SIM0001000001")


@contextmanager
def _collector(answers: list[tuple[int, Any]], *, drops: int = 0) -> Iterator[tuple[str, list[Any], list[Any]]]:
    """A server that gives these answers one after another, and first drops so many kept connections."""
    asked: list[Any] = []
    connections: list[Any] = []
    dropped = iter(range(drops))

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            connections.append(self.client_address)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if asked and next(dropped, None) is not None:
                self.close_connection = True
                return
            asked.append((self.path, json.loads(body)))
            status, answer = answers[len(asked) - 1]
            text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked, connections
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _entrance(url: str) -> Iterator[Entrance]:
    entrance = Entrance(url)
    entrance.start()
    try:
        yield entrance
    finally:
        entrance.stop()


def test_many_enroll_over_one_connection() -> None:
    with _collector([(200, ANSWER)] * 3) as (url, asked, connections), _entrance(url) as entrance:
        for number in range(3):
            entrance.enroll(token="a-token", hardware=f"device {number}", inventory=TOLD)

    assert len(connections) == 1
    assert [path for path, _ in asked] == ["/api/v1/enroll"] * 3
    assert len({body["hardware_id"] for _, body in asked}) == 3
    assert asked[0][1]["inventory"]["serial_number"] == "SIM0001000001"
    assert len(asked[0][1]["hardware_id"]) == 64


def test_a_kept_connection_that_the_server_let_go_is_opened_anew() -> None:
    with _collector([(200, ANSWER)] * 2, drops=1) as (url, asked, connections), _entrance(url) as entrance:
        answers = [entrance.enroll(token="a-token", hardware="device", inventory=TOLD) for _ in range(2)]

    assert answers == [ANSWER, ANSWER]
    assert (len(asked), len(connections)) == (2, 2)


def test_too_many_at_once_is_told_apart_from_a_refusal() -> None:
    refusal = {"error": "bad_token", "detail": "This token is not known."}
    busy = {"error": "too_many", "detail": "later"}
    with _collector([(429, busy), (401, refusal)]) as (url, _, _), _entrance(url) as entrance:
        with pytest.raises(TooManyError):
            entrance.enroll(token="a-token", hardware="device", inventory=TOLD)
        with pytest.raises(EnrollmentError, match="This token is not known"):
            entrance.enroll(token="a-token", hardware="device", inventory=TOLD)


def test_a_server_that_is_no_collector_is_said_to_be_none() -> None:
    with (
        _collector([(200, b"<html>")]) as (url, _, _),
        _entrance(url) as entrance,
        pytest.raises(EnrollmentError, match="is no collector"),
    ):
        entrance.enroll(token="a-token", hardware="device", inventory=TOLD)


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(EnrollmentError, match="give one like"):
        Entrance("ftp://somewhere").start()


def test_identities_outlive_a_run_and_a_line_cut_off_in_the_middle(tmp_path: Path) -> None:
    first = Identities(tmp_path)
    first.start()
    kept = first.keep("SIM1", ANSWER)
    with (tmp_path / "identities.jsonl").open("a") as file:
        file.write('{"name": "SIM2", "ans')

    later = Identities(tmp_path)
    later.start()

    assert later.find("SIM1") == kept
    assert later.find("SIM2") is None
    assert later.keep("SIM2", ANSWER).name == "SIM2"
    again = Identities(tmp_path)
    again.start()
    assert again.find("SIM2") is not None


def test_passwords_are_for_their_owner_alone(tmp_path: Path) -> None:
    Identities(tmp_path).start()

    assert (tmp_path / "identities.jsonl").stat().st_mode & 0o077 == 0


def test_the_brokers_authority_is_written_beside_the_identities(tmp_path: Path) -> None:
    identities = Identities(tmp_path)
    identities.start()

    found = identities.keep("SIM1", ANSWER | {"broker": {"host": "broker.school", "port": 8883, "ca_pem": "PEM"}})

    assert found.broker.ca_file is not None
    assert found.broker.ca_file.read_text() == "PEM"


def test_a_token_file_holds_one_token_or_one_a_site(tmp_path: Path) -> None:
    alone, by_site = tmp_path / "alone", tmp_path / "by_site"
    alone.write_text("a-token\n")
    by_site.write_text('{"devices": {"Hillside School": "one"}, "bridges": {"Hillside School": "two"}}')

    assert read_tokens(alone).device_token("Hillside School") == "a-token"
    assert read_tokens(by_site) == Tokens(devices={"Hillside School": "one"}, bridges={"Hillside School": "two"})
    with pytest.raises(EnrollmentError, match="no token for Harbour School"):
        read_tokens(by_site).device_token("Harbour School")


@pytest.mark.parametrize("text", [None, "{", '{"bridges": {}}', '{"devices": 3}'])
def test_a_token_file_that_cannot_be_used_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "tokens"
    if text is not None:
        path.write_text(text)

    with pytest.raises(EnrollmentError, match="tokens cannot be used"):
        read_tokens(path)


def test_a_plan_is_kept_with_its_days_and_refuses_another(tmp_path: Path) -> None:
    plan = Plan(seed=1, devices=10, schools=1, carts=1, first=FIRST, last=LAST)
    later = Plan(seed=1, devices=10, schools=1, carts=1, first=LAST, last=LAST + timedelta(days=30))

    first = settle_plan(tmp_path / "out", plan)

    assert settle_plan(tmp_path / "out", later) == first == plan
    with pytest.raises(ConfigError, match="its seed, devices differ"):
        settle_plan(tmp_path / "out", Plan(seed=2, devices=11, schools=1, carts=1, first=FIRST, last=LAST))


def test_the_make_believe_present_never_runs_ahead_of_the_real_one() -> None:
    plain, fast = SystemClock(speed=1.0), SystemClock(speed=1e12)

    begun = SystemClock(speed=2.0).told_until()

    now = datetime.now(UTC)
    assert now - timedelta(seconds=5) <= plain.told_until() <= datetime.now(UTC)
    assert now - timedelta(seconds=5) <= fast.told_until() <= datetime.now(UTC)
    assert now - timedelta(days=7, seconds=5) <= begun <= now - timedelta(days=6)
