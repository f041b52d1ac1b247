"""The collector's door: one connection for many, opened anew where it was let go, and nothing in the open."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.application import apply
from rollcall_agent.errors import ComeBackLaterError, ConfigError, EnrollmentError
from rollcall_wire import Inventory
from tests.support.stand_ins.enrolling import ANSWER

TOLD = Inventory(platform="linux", serial_number="5CD1234XYZ")


class Office:
    """Answers one after another, and first drops so many kept connections."""

    def __init__(self, answers: list[tuple[int, dict[str, str], Any]], drops: int) -> None:
        self.answers, self.drops = answers, drops
        self.asked: list[dict[str, Any]] = []
        self.connections: list[Any] = []


@contextmanager
def office(answers: list[tuple[int, dict[str, str], Any]], *, drops: int = 0) -> Iterator[tuple[Office, Door]]:
    found = Office(answers, drops)

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            found.connections.append(self.client_address)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if found.asked and found.drops:
                found.drops -= 1
                self.close_connection = True
                return
            found.asked.append(json.loads(body))
            status, headers, answer = found.answers[len(found.asked) - 1]
            text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    door = Door(f"http://127.0.0.1:{server.server_port}")
    door.start()
    try:
        yield found, door
    finally:
        door.stop()
        server.shutdown()
        server.server_close()
        thread.join()


def ask(door: Door, number: int = 1) -> bytes:
    return apply(door, token="a-token", hardware_id=f"{number:064x}", inventory=TOLD)


def test_many_enroll_over_one_connection() -> None:
    with office([(200, {}, ANSWER)] * 3) as (found, door):
        for number in range(3):
            ask(door, number)

    assert len(found.connections) == 1
    assert len({asked["hardware_id"] for asked in found.asked}) == 3


def test_a_kept_connection_that_the_server_let_go_is_opened_anew() -> None:
    with office([(200, {}, ANSWER)] * 2, drops=1) as (found, door):
        answers = [json.loads(ask(door)) for _ in range(2)]

    assert answers == [ANSWER, ANSWER]
    assert (len(found.asked), len(found.connections)) == (2, 2)


@pytest.mark.parametrize(("status", "headers", "seconds"), [(429, {}, 1.0), (503, {"retry-after": "7"}, 7.0)])
def test_too_much_at_once_is_told_apart_from_a_refusal(status: int, headers: dict[str, str], seconds: float) -> None:
    busy, refusal = {"error": "too_many", "detail": "later"}, {"error": "bad_token", "detail": "It is not known."}

    with office([(status, headers, busy), (401, {}, refusal)]) as (_, door):
        with pytest.raises(ComeBackLaterError) as later:
            ask(door)
        with pytest.raises(EnrollmentError, match="It is not known"):
            ask(door)

    assert later.value.seconds == seconds


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="write https://host"):
        Door("ftp://somewhere").start()
