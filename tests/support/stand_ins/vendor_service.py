"""A service that a school bought, in its test's own words: every request is checked before it is answered."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request. `body` is read as JSON or as a form, whichever it says it is."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Any


Reply = tuple[int, Mapping[str, str], Any]
Answer = Callable[[Asked], Reply]


@dataclass
class VendorService:
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    """What it answers next, before it answers as it should."""


@contextmanager
def vendor_service(answer: Answer) -> Iterator[VendorService]:
    """A running one; what its checks found wrong fails the test at the end."""
    with _Server(("127.0.0.1", 0), _Answering) as http:
        http.daemon_threads = True
        http.answer = answer
        http.service = VendorService(url=f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield http.service
        finally:
            http.shutdown()
            thread.join(5)
    if http.service.faults:
        raise http.service.faults[0]


class _Server(ThreadingHTTPServer):
    service: VendorService
    answer: Answer


class _Answering(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = self._read()
        self.server.service.asked.append(asked)
        status, headers, told = (
            self.server.service.replies.pop(0) if self.server.service.replies else self._answered(asked)
        )
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def _answered(self, asked: Asked) -> Reply:
        try:
            return self.server.answer(asked)
        except AssertionError as error:
            self.server.service.faults.append(error)
            return 400, {}, {}

    def _read(self) -> Asked:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        is_json = self.headers.get("content-type") == "application/json"
        read = json.loads(body) if is_json else {name: one for name, (one,) in parse_qs(body.decode()).items()}
        return Asked(
            method=self.command,
            path=parts.path,
            query=parse_qs(parts.query),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=read,
        )

    def log_message(self, *_: Any) -> None:
        pass
