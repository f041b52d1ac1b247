"""A small web server that answers as Google does, and holds every question and every answer against Google's documents."""

import gzip
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rollcall_agent.bridges.google.service import Endpoints
from tests.support.google.chromebooks import Chromebook
from tests.support.google.discovery import chosen, document, faults_of_question, faults_of_reply, field_paths, method
from tests.support.google.service_account import fault_of_assertion

Answer = tuple[int, dict[str, str], dict[str, Any] | bytes]
_SINCE = re.compile(r'(?:reports_)?timestamp>="([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One of the lists that may be asked for."""

    document: str
    method: tuple[str, ...]
    path: str
    size: str
    default: int


LISTS = {
    "devices": Listing(
        document="chromemanagement.v1", method=("customers", "telemetry", "devices", "list"),
        path="/v1/customers/C0fake123/telemetry/devices", size="pageSize", default=100,
    ),
    "telemetryEvents": Listing(
        document="chromemanagement.v1", method=("customers", "telemetry", "events", "list"),
        path="/v1/customers/C0fake123/telemetry/events", size="pageSize", default=100,
    ),
    "chromeosdevices": Listing(
        document="admin.directory_v1", method=("chromeosdevices", "list"),
        path="/admin/directory/v1/customer/C0fake123/devices/chromeos", size="maxResults", default=100,
    ),
}  # fmt: skip


def refusal(status: int, reason: str, *, word: str = "PERMISSION_DENIED", **headers: str) -> Answer:
    """An error in the form of the newer interfaces."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    error = {"code": status, "message": "No.", "status": word, "details": details}
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, {"error": error}


def old_refusal(status: int, reason: str) -> Answer:
    """An error in the form of the directory."""
    error = {"code": status, "message": "No.", "errors": [{"domain": "global", "reason": reason, "message": "No."}]}
    return status, {}, {"error": error}


@dataclass
class FakeGoogle:
    """What it does may be changed while it runs. `faults` are questions and answers that Google's documents forbid.

    `scripted` answers, by the name of a list, come before the real ones. `quota_a_minute` refuses what is more, by the
    fake's own clock, whose minutes `clock` tells.
    """

    fleet: Sequence[Chromebook]
    clock: Callable[[], datetime]
    events: list[dict[str, Any]] = field(default_factory=list)
    scripted: dict[str, list[Answer]] = field(default_factory=dict)
    quota_a_minute: int = 2_400
    skew: timedelta = timedelta(0)
    """How far Google's clock is ahead of this machine's, to which the sign-in is signed."""
    after_page: Callable[[str, int], None] = lambda _name, _start: None
    url: str = ""
    faults: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refused_by_quota: int = 0
    tokens: set[str] = field(default_factory=set)
    signed_in: int = 0
    _times: deque[datetime] = field(default_factory=deque)

    @property
    def token_uri(self) -> str:
        return f"{self.url}/token"

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(telemetry=self.url, directory=self.url)

    def count(self, name: str) -> int:
        """How often this list was asked for."""
        return sum(1 for one, _ in self.asked if one == name)

    def sign_in(self, form: dict[str, list[str]]) -> Answer:
        fault = fault_of_assertion(form["assertion"][0], datetime.now(UTC) + self.skew)
        if fault is not None:
            return 400, {}, {"error": "invalid_grant", "error_description": fault}
        self.signed_in += 1
        token = f"ya29.fake-{self.signed_in}"
        self.tokens.add(token)
        return 200, {}, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def answer(self, path: str, query: dict[str, list[str]], authorization: str | None) -> Answer:
        name = next((name for name, one in LISTS.items() if one.path == path), None)
        if name is None:
            self.faults.append(f"nobody is at {path}")
            return old_refusal(404, "notFound")
        self.asked.append((name, {key: values[0] for key, values in query.items()}))
        if (authorization or "").removeprefix("Bearer ") not in self.tokens:
            return refusal(401, "ACCESS_TOKEN_EXPIRED", word="UNAUTHENTICATED")
        if self.scripted.get(name):
            return self.scripted[name].pop(0)
        if self._is_over_quota():
            self.refused_by_quota += 1
            return old_refusal(403, "quotaExceeded")
        return self._list(name, query)

    def _is_over_quota(self) -> bool:
        now = self.clock()
        while self._times and (now - self._times[0]).total_seconds() >= 60:
            self._times.popleft()
        self._times.append(now)
        return len(self._times) > self.quota_a_minute

    def _list(self, name: str, query: dict[str, list[str]]) -> Answer:
        listing = LISTS[name]
        asked = method(listing.document, listing.method)
        faults = [*faults_of_question(listing.document, asked, query)]
        faults += field_paths(listing.document, asked["response"], query["fields"][0]) if "fields" in query else []
        if faults:
            self.faults += faults
            return old_refusal(400, "invalid")
        start = 0
        if "pageToken" in query:
            token = query["pageToken"][0]
            if not token.startswith(f"{name}-"):
                return refusal(400, "INVALID_PAGE_TOKEN", word="INVALID_ARGUMENT")
            start = int(token.removeprefix(f"{name}-"))
        size = int(query.get(listing.size, [str(listing.default)])[0])
        entries, following = self._entries(name, query, start, size)
        reply: dict[str, Any] = {name: entries} if entries else {}
        if following is not None:
            reply["nextPageToken"] = f"{name}-{following}"
        self.faults += faults_of_reply(listing.document, asked["response"], reply, name)
        self.after_page(name, start)
        return 200, {}, chosen(reply, query["fields"][0]) if "fields" in query else reply

    def _entries(
        self, name: str, query: dict[str, list[str]], start: int, size: int
    ) -> tuple[list[dict[str, Any]], int | None]:
        now, found = self.clock(), _SINCE.search(query.get("filter", [""])[0])
        since = datetime.fromisoformat(found[1]) if found else datetime(2020, 1, 1, tzinfo=UTC)
        if name == "telemetryEvents":
            told = [one for one in self.events if datetime.fromisoformat(one["reportTime"]) >= since]
            return told[start : start + size], start + size if start + size < len(told) else None
        shown = self.fleet[start : start + size]
        following = start + size if start + size < len(self.fleet) else None
        if name == "chromeosdevices":
            return [one.listed(now) for one in shown], following
        masked = {_camel(one) for one in query["readMask"][0].split(",")}
        reported = [one for device in shown if (one := device.reported(since, now)) is not None]
        return [{key: value for key, value in one.items() if key in masked} for one in reported], following


def _camel(path: str) -> str:
    first, *others = path.split("_")
    return first + "".join(one.capitalize() for one in others)


@contextmanager
def fake_google(fleet: Sequence[Chromebook], clock: Callable[[], datetime]) -> Iterator[FakeGoogle]:
    """A running server; its faults are the test's to look at."""
    assert document("chromemanagement.v1")["rootUrl"] == "https://chromemanagement.googleapis.com/"
    google = FakeGoogle(fleet=fleet, clock=clock)

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(google.answer(parts.path, parse_qs(parts.query), self.headers["authorization"]))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if self.path != "/token":
                google.faults.append(f"somebody wrote to {self.path}")
            self._answer(google.sign_in(parse_qs(body)))

        def _answer(self, answer: Answer) -> None:
            status, headers, reply = answer
            body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
            if self.headers["accept-encoding"] == "gzip":  # as Google, for who asks
                body, headers = gzip.compress(body, 1), {"content-encoding": "gzip", **headers}
            self.send_response_only(status)
            told = {"date": format_datetime(google.clock(), usegmt=True), "content-length": str(len(body)), **headers}
            for name, value in told.items():
                self.send_header(name, value)
            with suppress(BrokenPipeError, ConnectionResetError):  # who asked was killed
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        google.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield google
        finally:
            server.shutdown()
            thread.join(5)
