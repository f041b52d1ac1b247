"""A broker that asks nobody about a session that it has is made to end it: by a sign-in under the same client id."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rollcall_collector.broker.eviction import Eviction
from rollcall_collector.broker.external import ExternalBroker
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.identities import set_revoked
from rollcall_collector.store.tables import publishers
from tests.support.brokers.certificates import make_certificates
from tests.support.brokers.either import LOGIN
from tests.support.brokers.mosquitto import Mosquitto, mosquitto
from tests.support.brokers.speaking import Speaker, speakers
from tests.support.identities import enroll_one, new_store
from tests.support.wait import wait_for


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


def _external(engine: Engine, running: Mosquitto, ca_file: Path | None = None) -> ExternalBroker:
    host = running.host if ca_file is None else "localhost"
    eviction = Eviction(host=host, port=running.port, login=LOGIN, ca_file=ca_file)
    return ExternalBroker(engine=engine, login=LOGIN, host=host, port=running.port, eviction=eviction)


@pytest.mark.parametrize("has_tls", [False, True])
def test_who_is_revoked_is_shown_out_and_nobody_else(has_tls: bool, engine: Engine, tmp_path: Path) -> None:
    bad, good = (enroll_one(engine, hardware=letter, serial=None) for letter in "ab")
    users = {one.publisher: one.password for one in (bad, good)}
    ca_file = make_certificates(tmp_path) if has_tls else None
    with mosquitto(tmp_path, users=users, has_tls=has_tls) as running:
        broker = _external(engine, running, ca_file)
        broker.start()
        trusted = None if ca_file is None else str(ca_file)
        with speakers(*(Speaker(running.port, *one, ca_file=trusted) for one in users.items())) as (thief, other):
            broker.refresh()
            was_connected = thief.is_connected()
            set_revoked(engine, Scope.all(), bad.publisher, 1)

            broker.refresh()

            wait_for(lambda: not thief.is_connected(), what="the end of the session")
            assert was_connected
            assert other.is_connected()


def test_who_was_revoked_while_nobody_looked_is_shown_out_at_the_start(engine: Engine, tmp_path: Path) -> None:
    bad = enroll_one(engine, hardware="a", serial=None)
    with engine.begin() as connection:
        connection.execute(publishers.update().values(state="ready", revoked_us=1))
    with (
        mosquitto(tmp_path, users={bad.publisher: bad.password}) as running,
        Speaker(running.port, bad.publisher, bad.password) as thief,
    ):
        _external(engine, running).start()

        wait_for(lambda: not thief.is_connected(), what="the end of the session")


def test_a_broker_that_is_away_is_asked_again(engine: Engine, tmp_path: Path) -> None:
    bad = enroll_one(engine, hardware="a", serial=None)
    with mosquitto(tmp_path, users={bad.publisher: bad.password}) as running:
        broker = _external(engine, running)
        broker.start()
        running.kill()
        set_revoked(engine, Scope.all(), bad.publisher, 1)
        broker.refresh()
        running.start()
        with Speaker(running.port, bad.publisher, bad.password) as thief:
            was_connected = thief.is_connected()

            broker.refresh()

            wait_for(lambda: not thief.is_connected(), what="the end of the session")
            assert was_connected
