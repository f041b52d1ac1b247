"""Speaks with a collector's web address: privately or on this very machine, over one connection that is kept."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rollcall_agent.errors import ConfigError, EnrollmentError
from rollcall_agent.loopback import is_loopback

if TYPE_CHECKING:
    import http.client

SECONDS = 30.0
ANSWER_BYTES_MAX = 4 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the collector answered, or somebody in its place.

    `retry_after_seconds` stands where it says when to come back; `location` is where a redirect leads, which is told
    and never followed.
    """

    status: int
    body: bytes
    retry_after_seconds: float | None = None
    location: str | None = None


class Door:
    """The collector's door for publishers. Nothing is followed to another address: passwords and tokens stay here."""

    def __init__(self, url: str, *, ca_file: Path | None = None) -> None:
        self.url = url
        self._ca_file = ca_file
        self._path = ""
        self._connection: http.client.HTTPConnection | None = None

    def start(self) -> None:
        """Choose how to connect. Raises ConfigError where the address is none, or would not be private."""
        import http.client  # noqa: PLC0415  # needed once in a device's life

        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"'{self.url}' is no address of a collector: write https://host")
        self._path = parts.path.rstrip("/")
        if parts.scheme == "https":
            self._connection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=SECONDS, context=_trust(self._ca_file)
            )
        elif is_loopback(parts.hostname):
            self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
        else:
            raise ConfigError(f"'{self.url}' is not private, and the answer holds a password: use https")

    def stop(self) -> None:
        """Close the connection. Stopping twice is harmless."""
        if self._connection is not None:
            self._connection.close()

    def ask(self, method: str, path: str, body: bytes, *, login: tuple[str, str] | None = None) -> Answer:
        """The answer to a request with a JSON body, as this publisher where its name and password are given.

        Raises EnrollmentError where no web server answers, OSError where nobody does.
        """
        headers = {"content-type": "application/json", "accept": "application/json"}
        if login is not None:
            headers["authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode()
        try:
            return self._ask(method, path, body, headers)
        except (ConnectionResetError, BrokenPipeError):
            # A kept connection that the server let go (http.client's RemoteDisconnected is one of these): once more.
            return self._ask(method, path, body, headers)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        import http.client  # noqa: PLC0415  # as above

        assert self._connection is not None, "start() comes first"
        try:
            self._connection.request(method, self._path + path, body, headers)
            response = self._connection.getresponse()
            read = response.read(ANSWER_BYTES_MAX)
            return Answer(
                status=response.status,
                body=read,
                retry_after_seconds=_seconds(response.headers.get("retry-after")),
                location=response.headers.get("location"),
            )
        except OSError:
            self._connection.close()
            raise
        except http.client.HTTPException as error:
            self._connection.close()
            raise EnrollmentError(f"{self.url} does not answer as a web server does: check the address") from error


def _seconds(stated: str | None) -> float | None:
    return float(stated) if stated is not None and stated.isdecimal() else None


def _trust(ca_file: Path | None) -> Any:
    import ssl  # noqa: PLC0415  # paho needs it too, but enrollment may be all that runs

    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        raise ConfigError(f"the CA file {ca_file} cannot be used: {error}") from error
