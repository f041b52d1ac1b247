"""A NanoMDM that behaves as the real one was measured to: queued though it answers 500, 200 for ids nobody knows."""

import base64
import json
import plistlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

API_KEY = "a-key-of-the-api"


@dataclass(kw_only=True)
class FakeNanoMdm:
    """`has_push`: it holds a push certificate; without one each answer is 500, and the command is queued all the same.

    `queues` has each device's commands in their order; the same command comes into a queue once.
    """

    url: str
    has_push: bool = True
    is_broken: bool = False
    queues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    requests: list[tuple[str, ...]] = field(default_factory=list)

    def enqueue(self, udids: tuple[str, ...], body: bytes) -> tuple[int, dict[str, Any]]:
        command = plistlib.loads(body, fmt=plistlib.FMT_XML)
        self.requests.append(udids)
        for udid in udids:
            queue = self.queues.setdefault(udid, [])
            if command["CommandUUID"] not in {one["CommandUUID"] for one in queue}:
                queue.append(command)
        answer: dict[str, Any] = {
            "command_uuid": command["CommandUUID"],
            "request_type": command["Command"]["RequestType"],
        }
        if not self.has_push:
            return 500, answer | {"push_error": "no push certificate"}
        return 200, answer | {"status": {udid: {"push_result": "8AE3-…"} for udid in udids}}

    @property
    def commands(self) -> list[str]:
        """What was queued, device by device."""
        return [one["Command"]["RequestType"] for queue in self.queues.values() for one in queue]


@contextmanager
def fake_nanomdm() -> Iterator[FakeNanoMdm]:
    """A running one."""
    with _Server(("127.0.0.1", 0), _Answering) as http:
        http.daemon_threads = True
        http.service = FakeNanoMdm(url=f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield http.service
        finally:
            http.shutdown()
            thread.join(5)


class _Server(ThreadingHTTPServer):
    service: FakeNanoMdm


class _Answering(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self._is_let_in():
            return
        if self.server.service.is_broken:
            self._answer(502, {})
            return
        path, _, ids = self.path.rpartition("/")
        assert path == "/v1/enqueue", self.path
        self._answer(*self.server.service.enqueue(tuple(ids.split(",")), body))

    def do_GET(self) -> None:
        if self._is_let_in():
            self._answer(200, {})

    def _is_let_in(self) -> bool:
        expected = "Basic " + base64.b64encode(f"nanomdm:{API_KEY}".encode()).decode()
        if self.headers["authorization"] == expected:
            return True
        self._answer(401, {})
        return False

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass
