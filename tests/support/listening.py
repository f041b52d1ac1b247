"""The real listener in a thread, devices enrolled by hand, and a publisher that says whatever a test wants."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sa
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine

from rollcall_collector.ingest.listen import BrokerAddress, Listener
from rollcall_collector.store.tables import devices, publishers, sites
from rollcall_wire import Ack
from rollcall_wire.encoding import decode_ack
from rollcall_wire.topics import topic
from tests.support.brokers.mosquitto import COLLECTOR, COLLECTOR_PASSWORD
from tests.support.wait import wait_for

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EPOCH = "00112233aabbccdd"


def device_id(number: int) -> str:
    return f"d-{number:012x}"


def enroll(engine: Engine, count: int, *, zone: str = "UTC", platform: str = "linux", first: int = 1) -> list[str]:
    """Put a site and so many devices, each its own publisher, into the store; returns their names."""
    numbers = range(first, first + count)
    with engine.begin() as connection:
        if connection.execute(sa.select(sites.c.site).where(sites.c.site == 1)).first() is None:
            connection.execute(sites.insert(), [{"site": 1, "name": "Oak School", "zone": zone}])
        known = [{"device": n, "device_id": device_id(n), "platform": platform, "site": 1} for n in numbers]
        speaking = [
            {"publisher": n, "name": device_id(n), "device": n, "secret_hash": "$7$", "enrolled_us": 1}
            for n in numbers
        ]
        connection.execute(devices.insert(), known)
        connection.execute(publishers.insert(), speaking)
    return [device_id(n) for n in numbers]


def enroll_bridge(engine: Engine, name: str, platform: str) -> None:
    """Let a bridge speak for the devices of one platform."""
    row = {"name": name, "platform": platform, "secret_hash": "$7$", "enrolled_us": 1}
    with engine.begin() as connection:
        key = connection.execute(sa.select(sa.func.coalesce(sa.func.max(publishers.c.publisher), 0) + 1)).scalar_one()
        connection.execute(publishers.insert(), [{"publisher": key, **row}])


def vitals(seq: int, about: str, *, at: datetime = NOW, **fields: Any) -> dict[str, Any]:
    body = {"kind": "vitals", "battery_level_percent": 80.0, "storage_free_bytes": 10**10, **fields}
    return report(seq, about, body, at=at)


def boot(seq: int, about: str, *, at: datetime = NOW, **fields: Any) -> dict[str, Any]:
    body = {"kind": "boot", "boot_id": f"boot-{seq}", "booted_at": at.isoformat(), "source": "systemd", **fields}
    return report(seq, about, body, at=at)


def failure(seq: int, about: str, *, at: datetime = NOW, **fields: Any) -> dict[str, Any]:
    body = {"kind": "failure", "channel": "crash", "code": "service_failed", "occurred_at": at.isoformat(), **fields}
    return report(seq, about, body, at=at)


def report(seq: int, about: str, body: dict[str, Any], *, at: datetime = NOW) -> dict[str, Any]:
    return {"seq": seq, "device_id": about, "recorded_at": at.isoformat(), "precision": "second", "body": body}


def message(publisher: str, reports: Sequence[Any], /, *, epoch: Any = EPOCH, **fields: Any) -> bytes:
    whole = {"publisher": publisher, "epoch": epoch, "sent_at": NOW.isoformat(), "reports": list(reports), **fields}
    return json.dumps(whole).encode()


@contextmanager
def listening(
    engine: Engine, host: str, port: int, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC), **more: Any
) -> Iterator[Listener]:
    """The listener, subscribed; stopped afterwards."""
    address = BrokerAddress(host=host, port=port, user=COLLECTOR, password=COLLECTOR_PASSWORD)
    listener = Listener(engine=engine, broker=address, clock=clock, **more)
    stop = threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,), name="ingest")
    thread.start()
    try:
        wait_for(lambda: listener.is_connected, seconds=15, what="the listener's subscription")
        yield listener
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@dataclass(kw_only=True)
class RawPublisher:
    """Publishes any bytes under one name and remembers every ack."""

    host: str
    port: int
    name: str
    password: str = "secret"
    acks: list[Ack] = field(default_factory=list)
    settings: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.name, clean_session=True)
        self._client.username_pw_set(self.name, self.password)
        self._client.reconnect_delay_set(1, 1)
        self._client.suppress_exceptions = False
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(topic(self.name, "acks"), 1), (topic(self.name, "settings"), 1)]
        )
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._hear
        self._client.connect(self.host, self.port)
        self._client.loop_start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, payload: bytes, *, to: str | None = None, leaf: Any = "reports", is_retained: bool = False) -> None:
        self._client.publish(to or topic(self.name, leaf), payload, qos=1, retain=is_retained)

    def kept(self) -> set[int]:
        """Every number acknowledged as kept."""
        return {seq for ack in list(self.acks) for first, last in ack.kept for seq in range(first, last + 1)}

    def refused(self) -> dict[int, str]:
        return {seq: reason for ack in list(self.acks) for seq, reason in ack.refused}

    def _hear(self, _client: Any, _userdata: Any, heard: mqtt.MQTTMessage) -> None:
        if heard.topic.endswith("/settings"):
            self.settings.append(bytes(heard.payload))
        else:
            self.acks.append(decode_ack(bytes(heard.payload)))
