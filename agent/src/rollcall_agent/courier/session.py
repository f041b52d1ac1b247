"""One connection to the broker, driven by the caller's loop; what happens on it is noted, never raised."""

import select
import socket as sockets
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

KEEPALIVE_SECONDS = 60
CONNECT_SECONDS = 5.0
_FAILED = 0x80
_WRONG_VERSION = 0x84
_WRONG_CREDENTIALS = frozenset({0x86, 0x87, 0x8A})


@dataclass(frozen=True, kw_only=True, slots=True)
class Broker:
    """Where the broker listens. Without `ca_file` the connection is plain: only for this very machine.

    `is_modern` is false where the broker is known not to speak MQTT 5; finding that out takes a few seconds.
    """

    host: str
    port: int
    ca_file: Path | None = None
    is_modern: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """Who the publisher is to the broker."""

    publisher: str
    password: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The broker let us in."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker did not let us in: it does not know the credentials, or not this version of MQTT."""

    reason: str
    has_wrong_credentials: bool
    has_wrong_version: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended."""

    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A message came in."""

    topic: str
    payload: bytes
    is_retained: bool


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The broker has a message of ours; `denied` is its reason where it then threw it away (MQTT 5 only)."""

    mid: int
    denied: str | None


Occurrence = Accepted | Refused | Lost | Heard | Confirmed


class Session:
    """A connection that is used once. Its callbacks only take notes: an exception in one would be paho's, not ours."""

    def __init__(
        self, *, broker: Broker, credentials: Credentials, tls: ssl.SSLContext | None, is_modern: bool
    ) -> None:
        self._broker = broker
        self._occurred: list[Occurrence] = []
        self._unconfirmed: set[int] = set()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=credentials.publisher,
            clean_session=None if is_modern else True,
            protocol=mqtt.MQTTv5 if is_modern else mqtt.MQTTv311,
            reconnect_on_failure=False,
        )
        self._client.username_pw_set(credentials.publisher, credentials.password)
        self._client.connect_timeout = CONNECT_SECONDS
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_publish = self._on_publish

    def open(self, will_topic: str | None = None, will: bytes = b"") -> None:
        """Connect, which takes at most five seconds, and as long again for TLS. Raises OSError."""
        if will_topic is not None:
            self._client.will_set(will_topic, will, qos=1, retain=True)
        self._client.connect(self._broker.host, self._broker.port, keepalive=KEEPALIVE_SECONDS)
        if (found := self.socket()) is not None:
            found.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)

    def turn(self) -> list[Occurrence]:
        """Read, write and keep alive without waiting; returns what happened."""
        try:
            self._client.loop_read()
            while _has_undelivered(self.socket()):
                self._client.loop_read()
            if self._client.want_write():
                self._client.loop_write()
            self._client.loop_misc()
        except Exception as error:  # noqa: BLE001  # paho raises anything on garbled packets; the connection is over
            self._occurred.append(Lost(f"garbled: {error!r}"))
            self.abandon()
        if self.socket() is None and not any(isinstance(one, Lost) for one in self._occurred):
            self._occurred.append(Lost("closed"))
        occurred, self._occurred = self._occurred, []
        return occurred

    def publish(self, topic: str, payload: bytes, *, is_retained: bool = False) -> int | None:
        """Hand a message over, QoS 1; its mid, or None where it could not even be queued."""
        sent = self._client.publish(topic, payload, qos=1, retain=is_retained)
        if sent.rc != mqtt.MQTT_ERR_SUCCESS:
            return None
        self._unconfirmed.add(sent.mid)
        return sent.mid

    def subscribe(self, *topics: str) -> None:
        """Ask for these topics, QoS 1."""
        self._client.subscribe([(topic, 1) for topic in topics])

    @property
    def unconfirmed(self) -> int:
        """How many of our messages the broker has not confirmed: what paho keeps in memory."""
        return len(self._unconfirmed)

    def is_unconfirmed(self, mid: int | None) -> bool:
        """Whether the broker has not yet confirmed this message."""
        return mid in self._unconfirmed

    @property
    def keepalive_seconds(self) -> int:
        """How long both sides may be silent. The broker may have asked for less than we offered."""
        return self._client.keepalive

    def socket(self) -> sockets.socket | None:
        """The connection's socket, for the caller's select; None when it has ended."""
        found: Any = self._client.socket()
        return found if isinstance(found, sockets.socket) and found.fileno() != -1 else None

    def wants_write(self) -> bool:
        """Whether bytes wait for the socket to take them."""
        return self.socket() is not None and self._client.want_write()

    def wait(self, seconds: float) -> None:
        """Wait until the socket has something to read, at most so long."""
        found = self.socket()
        if found is None:
            return
        if hasattr(select, "poll"):  # select() cannot watch more than 1,024 files
            watch = select.poll()
            watch.register(found, select.POLLIN)
            watch.poll(seconds * 1000)
        else:
            select.select([found], [], [], seconds)

    def close(self) -> None:
        """Say goodbye, so that the broker does not publish the last will, and close."""
        self._client.disconnect()
        self.abandon()

    def abandon(self) -> None:
        """Close without a word: the broker will publish the last will."""
        found = self.socket()
        if found is not None:
            found.close()

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.value < _FAILED:
            self._occurred.append(Accepted())
            return
        self._occurred.append(
            Refused(str(reason), reason.value in _WRONG_CREDENTIALS, has_wrong_version=reason.value == _WRONG_VERSION)
        )

    def _on_disconnect(self, _client: Any, _userdata: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        self._occurred.append(Lost(str(reason)))

    def _on_message(self, _client: Any, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        self._occurred.append(Heard(message.topic, bytes(message.payload), message.retain))

    def _on_publish(
        self, _client: Any, _userdata: Any, mid: int, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self._unconfirmed.discard(mid)
        self._occurred.append(Confirmed(mid, str(reason) if reason.value >= _FAILED else None))


def _has_undelivered(found: sockets.socket | None) -> bool:
    """Whether TLS holds bytes that the socket no longer shows."""
    return isinstance(found, ssl.SSLSocket) and found.pending() > 0
