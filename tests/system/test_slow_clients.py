"""Web clients that never end their request, or never read its answer, keep nobody else from the pages."""

import contextlib
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from rollcall_collector.api.http import connections
from rollcall_collector.api.http.connections import ADDRESS_MAX
from rollcall_collector.api.http.server import WebServer
from tests.support.faults.going_up import Running, running_verb
from tests.support.require import ROOT
from tests.support.wait import wait_for

CLIENTS = 2_000
BEGUN = b"GET / HTTP/1.1\r\nHost: rollcall\r\nX-Never-Ends: "
_HOLD = """
import resource, socket, sys, time
port, count = int(sys.argv[1]), int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
def begin():
    one = socket.create_connection(("127.0.0.1", port), timeout=30)
    one.sendall(b"GET / HTTP/1.1\\r\\nHost: rollcall\\r\\nX-Never-Ends: ")
    return one
held = [begin() for _ in range(count)]
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def _held(port: int, count: int) -> Iterator[None]:
    """So many connections whose requests never end, held by a process of their own."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(port), str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.kill()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Running, int]]:
    """`rollcall web`, allowed 1,024 descriptors at first, as most systems do; its port."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1_024, hard), hard))
    try:
        with running_verb(tmp_path, "web", settings={"ROLLCALL_WEB__PORT": "0"}) as running:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            running.wait_until_it_says("Ctrl-C stops it")
            found = re.search(r"http://127\.0\.0\.1:(\d+)", running.said())
            assert found is not None
            yield running, int(found[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
@pytest.mark.alone
def test_a_page_comes_within_a_second_while_two_thousand_requests_never_end(
    web: tuple[Running, int], capsys: Any
) -> None:
    running, port = web
    alone = [_seconds(port) for _ in range(20)]

    with _held(port, CLIENTS):
        _seconds(port)  # behind the rush of all of them at once
        held = [_seconds(port) for _ in range(20)]

    with capsys.disabled():
        print(f"\na page: {max(alone):.3f} s alone, {max(held):.3f} s beside {CLIENTS} that never end", end="")
    assert max(held) < 1.0
    assert len(running.said().splitlines()) < 40, running.said()


def _seconds(port: int) -> float:
    began = time.monotonic()
    assert httpx.get(f"http://127.0.0.1:{port}/sign-in", timeout=30).status_code == 200
    return time.monotonic() - began


LARGE = b"x" * 300_000


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers once the whole body of the request has come; at one address with more than fits into any buffer."""
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        if scope["path"] == "/endless":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(1_000):
                await send({"type": "http.response.body", "body": LARGE, "more_body": True})
            return
        await PlainTextResponse(LARGE)(scope, receive, send)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A server whose patience is over within a second or two."""
    for name in ("HEADER_SECONDS", "BODY_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(connections, name, 1.0)
    server = WebServer(_app, host="127.0.0.1", port=0)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _begin(server: WebServer, said: bytes) -> socket.socket:
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    wire.settimeout(30)
    wire.connect(("127.0.0.1", server.port))
    wire.sendall(said)
    return wire


def _is_closed(wire: socket.socket) -> bool:
    wire.settimeout(0.05)
    try:
        while wire.recv(1 << 20):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(BEGUN, id="a header without an end"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: rollcall\r\nContent-Length: 100000\r\n\r\nslow", id="a body"),
    ],
)
def test_who_does_not_end_its_request_is_hung_up_on(said: bytes, hurried: WebServer) -> None:
    with _begin(hurried, said) as wire:
        wait_for(lambda: _is_closed(wire), what="the end of the connection")

    assert httpx.get(hurried.url, timeout=10).content == LARGE


def test_a_body_that_trickles_is_hung_up_on_and_one_that_keeps_its_pace_is_taken(hurried: WebServer) -> None:
    def body(size: int, pause: float) -> Iterator[bytes]:
        for _ in range(30):
            yield b"x" * size
            time.sleep(pause)

    kept = httpx.post(hurried.url, content=body(2_000, 0.1), headers={"content-length": "60000"}, timeout=30)
    with pytest.raises(httpx.TransportError):
        httpx.post(hurried.url, content=body(2, 0.3), headers={"content-length": "60"}, timeout=30)

    assert kept.content == LARGE


def test_who_does_not_read_its_answer_is_hung_up_on(hurried: WebServer) -> None:
    with _begin(hurried, b"GET /endless HTTP/1.1\r\nHost: rollcall\r\n\r\n"):
        open_now = hurried._server.server_state.connections
        wait_for(lambda: open_now, what="the connection")

        wait_for(lambda: not open_now, seconds=15, what="the end of the connection")
    assert httpx.get(hurried.url, timeout=10).content == LARGE


def test_one_address_never_takes_more_than_its_share(hurried: WebServer) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(ADDRESS_MAX + 50):
            stack.enter_context(_begin(hurried, BEGUN))

        assert httpx.get(hurried.url, timeout=10).content == LARGE
        assert len(hurried._server.server_state.connections) <= ADDRESS_MAX
