"""Asks a service's web interface for JSON: privately, reads only, and takes a no as what it means."""

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from rollcall_agent.errors import ComeBackLaterError, ConfigError

SECONDS = 60.0
ANSWER_BYTES_MAX = 64 << 20
REST_SECONDS = 60.0
_OK, _BUSY = range(200, 300), frozenset({429, 503})
_REFUSED = {
    401: "the key is not taken: make a new one, and put it into the key file",
    403: "the key may not read devices: give it the right to read them, and no other",
    404: "there is no such interface at this address: check the url",
}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ServiceRefusedError(OSError):
    """The service says no; the text says the way out."""

    def __init__(self, status: int, place: str) -> None:
        super().__init__(f"{place} answered {status}: {_REFUSED.get(status, 'try again later')}")
        self.status = status


class Web:
    """One service. Every question may raise ServiceRefusedError, ComeBackLaterError, OSError, ValueError."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.place = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/")
        self._connection = _connect(url)

    def get(self, path: str, headers: Mapping[str, str], asked: Mapping[str, str] | None = None) -> Any:
        """What stands there."""
        return self._ask("GET", path + (f"?{urlencode(asked)}" if asked else ""), None, headers)[0]

    def post(self, path: str, headers: Mapping[str, str], body: Any, *, is_form: bool = False) -> Any:
        """The answer to a body of JSON, or of a form."""
        return self.exchange(path, headers, body, is_form=is_form)[0]

    def exchange(
        self, path: str, headers: Mapping[str, str], body: Any, *, is_form: bool = False
    ) -> tuple[Any, Mapping[str, str]]:
        """As `post`, with the headers of the answer, their names in small letters."""
        text = urlencode(body) if is_form else json.dumps(body)
        kind = "application/x-www-form-urlencoded" if is_form else "application/json"
        return self._ask("POST", path, text.encode(), {**headers, "content-type": kind})

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[Any, Mapping[str, str]]:
        try:
            status, told, read = self._send(method, path, body, headers)
        except (ConnectionResetError, BrokenPipeError):  # a kept connection that the service let go: once more
            status, told, read = self._send(method, path, body, headers)
        if status in _BUSY:
            waits = told.get("retry-after", "")
            seconds = float(waits) if waits.isdecimal() else REST_SECONDS
            raise ComeBackLaterError(f"{self.place} is asked too much now", seconds=seconds)
        if status not in _OK:
            raise ServiceRefusedError(status, self.place)
        return json.loads(read) if read else None, told

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            self._connection.request(method, self._path + path, body, {"accept": "application/json", **headers})
            response = self._connection.getresponse()
            read = response.read(ANSWER_BYTES_MAX)
        except http.client.HTTPException as error:
            self._connection.close()
            if isinstance(error, OSError):
                raise
            raise OSError(f"{self.place} does not answer as a web server does") from error
        except OSError:
            self._connection.close()
            raise
        return response.status, {name.lower(): value for name, value in response.headers.items()}, read


def _connect(url: str) -> http.client.HTTPConnection:
    """Private, or this very machine. Raises ConfigError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" and host:
        return http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=ssl.create_default_context())
    if parts.scheme == "http" and host in _LOOPBACK:
        return http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    raise ConfigError(f"'{url}' is not private, and the service's key goes there: use https")
