"""Picks the broker: Mosquitto where it is installed, else the embedded one, or the school's own."""

from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Engine

from rollcall_collector.broker.embedded import EmbeddedBroker
from rollcall_collector.broker.listening import BrokerError, Login, Tls
from rollcall_collector.broker.mosquitto import MosquittoBroker, find_mosquitto


class Broker(Protocol):
    """What the command line does with any broker."""

    host: str
    port: int
    """After `start` the one really listened on: a taken port is replaced by a free one."""
    websocket_port: int | None
    """As above, for Chromebooks; None where none is wanted."""

    def start(self) -> None:
        """Listen; everybody who may speak is known. Raises BrokerError."""

    def stop(self) -> None:
        """Leave no process, no port and no file behind."""

    def refresh(self) -> None:
        """Take in who may speak now; cut off who may not any more, at once."""


def open_broker(
    kind: Literal["auto", "mosquitto", "embedded"],
    *,
    engine: Engine,
    login: Login,
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    websocket_port: int | None = None,
    tls: Tls | None = None,
) -> MosquittoBroker | EmbeddedBroker:
    """A broker that is not started yet. Raises BrokerError where Mosquitto is wanted and not installed."""
    program = None if kind == "embedded" else find_mosquitto()
    if program is not None:
        return MosquittoBroker(
            engine=engine,
            login=login,
            program=program,
            folder=folder,
            host=host,
            port=port,
            websocket_port=websocket_port,
            tls=tls,
        )
    if kind == "mosquitto":
        raise BrokerError("mosquitto is not installed: install it, or set broker.kind to 'embedded'")
    return EmbeddedBroker(engine=engine, login=login, host=host, port=port, websocket_port=websocket_port, tls=tls)
