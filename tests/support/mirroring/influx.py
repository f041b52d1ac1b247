"""Stands in for InfluxDB's write address: answers as it was recorded to, and keeps the lines as it would."""

import gzip
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

TOKEN = "the-secret-token"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What it answers with; `is_kept`: it takes the lines that can be taken all the same."""

    status: int = 204
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def problem(code: str, text: str) -> str:
    return json.dumps({"code": code, "message": text})


@dataclass
class FakeInflux:
    """`decide` sees the lines of each request and says the answer; a 204 keeps them, a later like one over the earlier."""

    decide: Callable[[list[str]], Reply] = lambda _: Reply()
    url: str = ""
    points: dict[tuple[str, str], str] = field(default_factory=dict)
    """Fields by series and instant: what InfluxDB takes a point for."""
    requests: list[list[str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)

    def keep(self, lines: list[str]) -> None:
        for line in lines:
            series, rest = split_line(line)
            told, _, at = rest.rpartition(" ")
            self.points[series, at] = told

    def count(self, measurement: str) -> int:
        return sum(series.startswith(f"{measurement},") for series, _ in self.points)


def split_line(line: str) -> tuple[str, str]:
    """Series and the rest, at the first space that is not escaped."""
    place = next(at for at, one in enumerate(line) if one == " " and line[at - 1] != "\\")
    return line[:place], line[place + 1 :]


@contextmanager
def fake_influx(decide: Callable[[list[str]], Reply] = lambda _: Reply(), *, port: int = 0) -> Iterator[FakeInflux]:
    fake = FakeInflux(decide)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # who asked was killed
                super().handle()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            lines = body.decode().split("\n")
            fake.requests.append(lines)
            fake.tokens.append(self.headers.get("Authorization", ""))
            fake.queries.append(self.path)
            reply = fake.decide(lines)
            if reply.status == 204:
                fake.keep(lines)
            self.send_response(reply.status)
            content = b"" if reply.status == 204 else reply.body.encode()
            for name, value in {**reply.headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
