"""A tiny web server that enrolls as the collector does, or refuses, and notes what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

ANSWER = {
    "device_id": "d-0123456789ab",
    "publisher": "d-0123456789ab",
    "password": "a-secret-of-256-bits",
    "broker": {"host": "127.0.0.1", "port": 1, "ca_pem": None},
    "settings": {
        "vitals_minutes": 30,
        "school_hours": {"zone": "UTC", "days": [1, 2, 3, 4, 5, 6, 7], "opens_minute": 0, "closes_minute": 1440},
    },
}


@dataclass
class Enrolling:
    """What it answers may be changed while it runs."""

    url: str
    status: int = 200
    answer: Any = field(default_factory=lambda: dict(ANSWER))
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def enrolling(**broker: Any) -> Iterator[Enrolling]:
    """A running server; `broker` replaces where the answer says that the broker is."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            server.asked.append((self.path, json.loads(body)))
            answer = server.answer if isinstance(server.answer, bytes) else json.dumps(server.answer).encode()
            self.send_response(server.status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_PUT = do_POST  # noqa: N815  # http.server calls it so

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as http:
        server = Enrolling(url=f"http://127.0.0.1:{http.server_port}")
        server.answer["broker"] = {**ANSWER["broker"], **broker}  # type: ignore[dict-item]
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join(5)
