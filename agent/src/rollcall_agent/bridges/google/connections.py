"""Sends over plain HTTPS on connections that are kept, and takes no more of an answer than this machine can carry."""

import http.client
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

SECONDS = 60.0
ANSWER_BYTES_MAX = 8 << 20
"""What an answer weighs once it is read is many times its length."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class AnswerTooLongError(ValueError):
    """An answer that would weigh too much once it is read: ask for less of it."""


@dataclass(slots=True)
class Connections:
    """Connections by the place they lead to. `there_now` is the clock over there at the last answer."""

    there_now: datetime | None = None
    _connections: dict[str, http.client.HTTPConnection] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of the connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers by their small letters, and the body unpacked; the address must be private.

        Raises OSError where nobody answers, ValueError where the answer cannot be unpacked, AnswerTooLongError.
        """
        parts = urlsplit(url)
        place, target = f"{parts.scheme}://{parts.netloc}", parts._replace(scheme="", netloc="").geturl()
        try:
            return self._exchange(place, method, target, body, headers)
        except (ConnectionResetError, BrokenPipeError):  # a kept connection that Google let go: once more
            return self._exchange(place, method, target, body, headers)

    def _exchange(
        self, place: str, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        if place not in self._connections:
            self._connections[place] = _connect(place)
        connection = self._connections[place]
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            read = response.read(ANSWER_BYTES_MAX + 1)
        except (OSError, http.client.HTTPException) as error:
            self._connections.pop(place).close()
            if isinstance(error, OSError):
                raise
            raise OSError(f"{place} does not answer as a web server does") from error
        if not response.isclosed():  # longer than we read: what is left must not be taken for the next answer
            self._connections.pop(place).close()
        told = {name.lower(): value for name, value in response.headers.items()}
        self.there_now = _clock(told.get("date")) or self.there_now
        return response.status, told, _unpacked(read, told.get("content-encoding"))


def _unpacked(body: bytes, encoding: str | None) -> bytes:
    """Raises AnswerTooLongError, and ValueError where it is not packed as it says."""
    if encoding == "gzip":
        try:
            body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body, ANSWER_BYTES_MAX + 1)
        except zlib.error as error:
            raise ValueError(f"the answer cannot be unpacked ({error})") from error
    if len(body) > ANSWER_BYTES_MAX:
        raise AnswerTooLongError(f"an answer is longer than {ANSWER_BYTES_MAX >> 20} MiB")
    return body


def _clock(stated: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(stated or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _connect(place: str) -> http.client.HTTPConnection:
    """Private, or this very machine."""
    parts = urlsplit(place)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=ssl.create_default_context())
    if host in _LOOPBACK:
        return http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    raise OSError(f"{place} is not private, and a token would go there: the key's token_uri must be https")
