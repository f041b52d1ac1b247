"""However many come in under one name at once: one of them stays, hears what is said to it, and can be shown out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rollcall_collector.store.tables import publishers
from rollcall_wire.topics import topic
from tests.support.brokers.either import BROKERS, LOGIN, running_broker
from tests.support.brokers.speaking import Speaker, speakers
from tests.support.identities import enroll_one, new_store
from tests.support.wait import wait_for

AT_ONCE = 8
ROUNDS = 4


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


@pytest.mark.parametrize("kind", BROKERS)
def test_of_many_connections_under_one_name_one_stays_and_hears_and_is_shown_out(
    kind: str, engine: Engine, tmp_path: Path
) -> None:
    device = enroll_one(engine, hardware="a", serial=None)
    name, acks = device.publisher, topic(device.publisher, "acks")

    def come(port: int) -> Speaker:
        speaker = Speaker(port, name, device.password)
        speaker.subscribe(acks)
        return speaker

    with running_broker(kind, engine, tmp_path) as broker, ThreadPoolExecutor(AT_ONCE) as many:
        came = [one for _ in range(ROUNDS) for one in many.map(come, [broker.port] * AT_ONCE)]
        with speakers(Speaker(broker.port, LOGIN.user, LOGIN.password), come(broker.port), *came) as (
            collector,
            last,
            *_,
        ):
            wait_for(lambda: not any(one.is_connected() for one in came), what="the earlier ones cut")
            collector.say(acks, b"ack")
            wait_for(lambda: (acks, b"ack") in last.heard, what="the ack")
            with engine.begin() as connection:
                connection.execute(publishers.update().values(revoked_us=1))
            broker.refresh()
            wait_for(lambda: last.cuts, what="the last one cut")
