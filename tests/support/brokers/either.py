"""Either broker of ours, started on a store for one test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from rollcall_collector.broker.embedded import EmbeddedBroker
from rollcall_collector.broker.listening import Login, Tls
from rollcall_collector.broker.mosquitto import MosquittoBroker
from tests.support.brokers.mosquitto import COLLECTOR, COLLECTOR_PASSWORD
from tests.support.require import require

BROKERS = ("mosquitto", "embedded")
LOGIN = Login(user=COLLECTOR, password=COLLECTOR_PASSWORD)


def make_broker(
    kind: str,
    engine: Engine,
    folder: Path,
    *,
    port: int = 0,
    websocket_port: int | None = None,
    tls: Tls | None = None,
) -> MosquittoBroker | EmbeddedBroker:
    """Not started; skips where Mosquitto is asked for and not installed."""
    if kind == "embedded":
        return EmbeddedBroker(engine=engine, login=LOGIN, port=port, websocket_port=websocket_port, tls=tls)
    return MosquittoBroker(
        engine=engine,
        login=LOGIN,
        program=require("mosquitto"),
        folder=folder / "broker",
        port=port,
        websocket_port=websocket_port,
        tls=tls,
    )


@contextmanager
def running_broker(
    kind: str,
    engine: Engine,
    folder: Path,
    *,
    port: int = 0,
    websocket_port: int | None = None,
    tls: Tls | None = None,
) -> Iterator[MosquittoBroker | EmbeddedBroker]:
    """Started, and stopped afterwards."""
    broker = make_broker(kind, engine, folder, port=port, websocket_port=websocket_port, tls=tls)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
