"""One MQTT client that a test drives: says anything under any name, and remembers what it hears and how it fares."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.support.wait import wait_for


class Speaker:
    """Connects as told and never comes back by itself once cut."""

    def __init__(
        self,
        port: int,
        name: str,
        password: str,
        *,
        client_id: str | None = None,
        will: str | None = None,
        ca_file: str | None = None,
        protocol: MQTTProtocolVersion = mqtt.MQTTv311,
        keepalive: int = 30,
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.answer: bool | None = None  # whether the broker let us in
        self.cuts = 0
        self._granted: list[Any] = []
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=name if client_id is None else client_id, protocol=protocol
        )
        if name:
            self._client.username_pw_set(name, password)
        if will:
            self._client.will_set(will, b"will", 1, retain=True)
        if ca_file:
            self._client.tls_set(ca_file)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_message = lambda _client, _userdata, one: self.heard.append((one.topic, bytes(one.payload)))
        self._client.on_subscribe = lambda _client, _userdata, _mid, codes, _properties: self._granted.extend(codes)
        try:
            self._client.connect("127.0.0.1", port, keepalive=keepalive)
        except ConnectionError:  # cut while it said who it is
            self.cuts = 1
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._drive, name=f"speaker {name}")
        self._thread.start()
        wait_for(lambda: self.answer is not None or self.cuts, what=f"an answer to {name or 'nobody'}")

    def subscribe(self, *filters: str) -> list[bool]:
        """Ask for these; which of them were granted."""
        self._granted = []
        self._client.subscribe([(one, 1) for one in filters])
        wait_for(lambda: len(self._granted) == len(filters) or self.cuts, what="the subscription")
        return [not code.is_failure for code in self._granted]

    def say(self, topic: str, payload: bytes = b"hello", *, is_retained: bool = False) -> None:
        self._client.publish(topic, payload, qos=1, retain=is_retained)

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.heard]

    def is_connected(self) -> bool:
        return bool(self._client.is_connected()) and self.cuts == 0

    def fall_silent(self) -> None:
        """Say and read nothing more, with the connection left open: as a device that froze."""
        self._stopping.set()
        self._thread.join(10)

    def vanish(self) -> None:
        """Be gone without a goodbye, as by a power cut: the broker sends the last will."""
        connection = self._client.socket()
        assert isinstance(connection, socket.socket)
        connection.shutdown(socket.SHUT_RDWR)
        wait_for(lambda: self.cuts, what="the end of the connection")

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(10)
        self._client.disconnect()
        self._client.loop(0.01)
        self._client._reset_sockets()  # paho leaves the pair that wakes its loop to the garbage collector

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drive(self) -> None:
        while not self._stopping.is_set() and self.cuts == 0:
            self._client.loop(0.02)

    def _connected(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.answer = not reason.is_failure

    def _disconnected(self, *_: Any) -> None:
        self.cuts += 1


@contextmanager
def speakers(*chosen: Speaker) -> Iterator[Sequence[Speaker]]:
    """Closes them all at the end."""
    try:
        yield chosen
    finally:
        for one in chosen:
            one.close()
