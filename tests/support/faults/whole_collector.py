"""A whole collector in a process of its own: store, Mosquitto, enrollment and ingest, for a simulated fleet to speak to.

Usage: python -m tests.support.faults.whole_collector
For each line `[FOLDER, DATABASE, ENROLLMENTS]` that it reads it runs one until the next line: it says where that listens,
and `{}` once that has ended. It ends when its standard input does.
"""

import json
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from rollcall_collector.api.bridges import bridges_router
from rollcall_collector.api.enroll import enroll_router
from rollcall_collector.api.http.problems import answer_problems
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import PublicBroker, Services
from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.broker.listening import Login
from rollcall_collector.broker.mosquitto import MosquittoBroker, find_mosquitto
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.ingest.listen import BrokerAddress, Listener
from rollcall_collector.store.database import migrate, open_database


def main() -> None:
    """Run one collector after the other until nobody holds the other end of standard input."""
    set_up_log("console")
    for line in iter(sys.stdin.readline, ""):
        folder, database, enrollments = json.loads(line)
        with _collecting(Path(folder), database, enrollments) as told:
            _say(told)
            sys.stdin.readline()
        _say({})


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


@contextmanager
def _collecting(folder: Path, database: str, enrollments: int) -> Iterator[dict[str, Any]]:
    engine = open_database(database)
    migrate(engine)
    program = find_mosquitto()
    assert program is not None
    login = Login(password=secrets.token_hex(16))
    broker = MosquittoBroker(engine=engine, login=login, program=program, folder=folder / "broker")
    broker.start()
    services = Services(
        engine=engine,
        clock=_now,
        zone="UTC",
        version="test",
        broker=PublicBroker(host=broker.host, port=broker.port),
        refresh_broker=broker.refresh,
    )
    app = FastAPI()
    app.state.services = services
    answer_problems(app)
    app.include_router(enroll_router(turnstile=Turnstile(at_once=enrollments)), prefix="/api/v1")
    app.include_router(bridges_router(), prefix="/api/v1")
    server = WebServer(app, host="127.0.0.1", port=0)
    server.start()
    address = BrokerAddress(host=broker.host, port=broker.port, user=login.user, password=login.password)
    stop = threading.Event()
    listener = Listener(engine=engine, broker=address, clock=_now)
    thread = threading.Thread(target=listener.run, args=(stop,), name="ingest")
    thread.start()
    try:
        while not listener.is_connected:
            stop.wait(0.01)
        yield {"url": server.url, "host": broker.host, "port": broker.port, "password": login.password}
    finally:
        stop.set()
        thread.join(10)
        server.stop()
        broker.stop()
        engine.dispose()


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
