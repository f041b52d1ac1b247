"""A fake collector with behaviour: it keeps what it hears, counts nothing twice, and acknowledges as it is told."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zlib import crc32

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from rollcall_wire import Ack, Settings
from rollcall_wire.codes import Refusal
from rollcall_wire.encoding import encode
from rollcall_wire.topics import parse_topic, topic
from tests.support.wait import wait_for


@dataclass(frozen=True, kw_only=True)
class Received:
    """One message as it came, readable or not."""

    publisher: str
    payload: bytes
    epoch: str
    seqs: tuple[int, ...]


@dataclass(kw_only=True)
class AcknowledgingCollector:
    """Subscribes to every publisher. Its attributes may be changed while it runs."""

    host: str
    port: int
    username: str = "collector"
    password: str = "collector-password"
    ca_file: Path | None = None
    has_acks: bool = True
    credit: float = 1000.0
    ack_epoch: str | None = None
    """Acknowledge this epoch instead of the message's own."""
    refuses: dict[int, Refusal] = field(default_factory=dict)
    unreadable: set[int] = field(default_factory=set)
    """A message with one of these seqs counts as garbled."""
    received: list[Received] = field(default_factory=list)
    arrivals: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """How often each (publisher, epoch, seq) arrived: 2 and more are repeats, kept once."""
    states: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    outstanding_max: int = 0
    """The most messages that were here without an ack at once."""

    def __enter__(self) -> Self:
        self._outstanding = 0
        self._subscribed = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.username, clean_session=True)
        self._client.username_pw_set(self.username, self.password)
        if self.ca_file is not None:
            self._client.tls_set(ca_certs=str(self.ca_file))
        self._client.reconnect_delay_set(1, 1)
        self._client.suppress_exceptions = False
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_disconnect = lambda *_: self._subscribed.clear()
        self._client.on_message = self._on_message
        self._client.connect(self.host, self.port, keepalive=30)
        self._client.loop_start()
        self.wait_until_listening()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_until_listening(self) -> None:
        wait_for(self._subscribed.is_set, seconds=15, what="the collector's subscription")

    def kept(self, publisher: str, epoch: str) -> set[int]:
        """The numbers kept of this publisher's epoch."""
        return {seq for (who, era, seq) in self.arrivals if (who, era) == (publisher, epoch)} - set(self.refuses)

    def grant_everything(self) -> None:
        """Acknowledge all that was received until now."""
        for received in list(self.received):
            self._acknowledge(received)

    def send_ack(self, publisher: str, ack: Ack) -> None:
        self._client.publish(topic(publisher, "acks"), encode(ack), qos=1)

    def send_raw_ack(self, publisher: str, payload: bytes) -> None:
        self._client.publish(topic(publisher, "acks"), payload, qos=1)

    def send_settings(self, publisher: str, settings: Settings) -> None:
        self._client.publish(topic(publisher, "settings"), encode(settings), qos=1, retain=True)

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([("rollcall/v1/+/+/reports", 1), ("rollcall/v1/+/+/state", 1)])

    def _on_message(self, _client: Any, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        address = parse_topic(message.topic)
        assert address is not None
        if address.leaf == "state":
            self.states.append((address.publisher, json.loads(message.payload)))
            return
        read = json.loads(message.payload)
        seqs = tuple(report["seq"] for report in read["reports"])
        received = Received(
            publisher=address.publisher, payload=bytes(message.payload), epoch=read["epoch"], seqs=seqs
        )
        self.received.append(received)
        self._outstanding += 1
        self.outstanding_max = max(self.outstanding_max, self._outstanding)
        if not self.unreadable & set(seqs):
            self.arrivals.update((address.publisher, received.epoch, seq) for seq in seqs)
        if self.has_acks:
            self._acknowledge(received)

    def _acknowledge(self, received: Received) -> None:
        self._outstanding -= 1
        is_unreadable = bool(self.unreadable & set(received.seqs))
        kept = () if is_unreadable else tuple((seq, seq) for seq in received.seqs if seq not in self.refuses)
        refused = tuple((seq, self.refuses[seq]) for seq in received.seqs if seq in self.refuses)
        digest = f"{crc32(received.payload):08x}"
        self.send_ack(
            received.publisher,
            Ack(
                epoch=self.ack_epoch or received.epoch,
                kept=_merged(kept),
                refused=() if is_unreadable else refused,
                unreadable=((digest, "not_json"),) if is_unreadable else (),
                now=datetime.now(UTC),
                credit=self.credit,
            ),
        )


@contextmanager
def collecting(host: str, port: int, **behaviour: Any) -> Iterator[AcknowledgingCollector]:
    """A fake collector at this broker."""
    with AcknowledgingCollector(host=host, port=port, **behaviour) as collector:
        yield collector


def _merged(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and merged[-1][1] + 1 >= first:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)
