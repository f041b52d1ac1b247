"""A small web server that gives a bridge's devices ids as the collector does, or asks to come back later."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rollcall_agent.enrollment import Identity

PUBLISHER, PASSWORD = "b-ipados-0123456789ab", "a-bridge-s-password"


@dataclass
class BridgeDoor:
    """What it does may be changed while it runs. `ids` are those given so far, by serial number."""

    url: str
    ids: dict[str, str] = field(default_factory=dict)
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)
    checks: list[dict[str, Any]] = field(default_factory=list)
    """What bridges said of themselves."""
    refuses: set[str] = field(default_factory=set)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    """Status, headers and body of the next answers, before it gives ids again."""

    @property
    def identity(self) -> Identity:
        """The bridge that it knows."""
        return Identity(
            device_id=None, publisher=PUBLISHER, password=PASSWORD, broker_host="127.0.0.1", broker_port=1,
            ca_pem=None, settings={}, hardware={}, url=self.url,
        )  # fmt: skip

    def answer(self, body: dict[str, Any], authorization: str | None) -> tuple[int, dict[str, str], bytes]:
        """As the collector: an id or an error for each, in the same order."""
        if self.answers:
            return self.answers.pop(0)
        expected = "Basic " + base64.b64encode(f"{PUBLISHER}:{PASSWORD}".encode()).decode()
        if authorization != expected:
            return 401, {}, json.dumps({"error": "bad_credentials", "detail": "Nobody of that name."}).encode()
        if "checks" in body:
            self.checks.append(body)
            return 200, {}, json.dumps({"kept": len(body["checks"])}).encode()
        self.batches.append(body["devices"])
        given = [self._give(device["serial_number"]) for device in body["devices"]]
        return 200, {}, json.dumps({"devices": given}).encode()

    def _give(self, serial: str) -> dict[str, str]:
        if serial in self.refuses:
            return {"error": "retired_device", "detail": "It was retired."}
        return {"device_id": self.ids.setdefault(serial, f"d-{len(self.ids):012x}")}


@contextmanager
def bridge_door() -> Iterator[BridgeDoor]:
    """A running server."""

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            door.connections.add(self.client_address)
            status, headers, answer = door.answer(body, self.headers["authorization"])
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as http:
        http.daemon_threads = True
        door = BridgeDoor(url=f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield door
        finally:
            http.shutdown()
            thread.join(5)
