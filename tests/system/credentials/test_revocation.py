"""A revoked device is cut off within seconds, cannot come back, and nothing more of it is kept: on both brokers."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.broker.watch import TICK_SECONDS, CredentialWatch
from rollcall_collector.cli import publishers
from rollcall_collector.config import CollectorSettings
from rollcall_collector.store.tables import failures, refusals
from rollcall_wire.topics import topic
from tests.support.brokers.either import BROKERS, running_broker
from tests.support.brokers.speaking import Speaker
from tests.support.identities import NOW, enroll_one, new_store
from tests.support.listening import failure, listening, message
from tests.support.wait import settled, wait_for


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


@contextmanager
def _watching(watch: CredentialWatch) -> Iterator[None]:
    """Ticks as `rollcall up` does."""
    stop = threading.Event()

    def _tick() -> None:
        while not stop.wait(TICK_SECONDS):
            watch.tick(datetime.now(UTC))

    thread = threading.Thread(target=_tick)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def _count(engine: Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def _revoke_elsewhere(folder: Path, name: str) -> None:
    """As `rollcall publishers revoke` does: with a connection of its own to the same store."""
    import argparse  # noqa: PLC0415  # only here

    parser = argparse.ArgumentParser()
    publishers.VERBS[0].configure(parser)
    publishers.VERBS[0].run(parser.parse_args(["revoke", name]), CollectorSettings(folder=folder))


@pytest.mark.parametrize("kind", BROKERS)
def test_a_revoked_device_is_cut_off_and_nothing_more_of_it_is_kept(kind: str, engine: Engine, tmp_path: Path) -> None:
    enrolled, neighbour = enroll_one(engine, hardware="a", serial=None), enroll_one(engine, hardware="b", serial=None)
    name = enrolled.publisher
    with (
        running_broker(kind, engine, tmp_path) as broker,
        listening(engine, broker.host, broker.port),
        _watching(CredentialWatch(engine, broker.refresh)),
        Speaker(broker.port, name, enrolled.password) as stolen,
        Speaker(broker.port, neighbour.publisher, neighbour.password) as honest,
    ):
        reports = iter(range(1, 1_000_000))

        def _say() -> None:
            stolen.say(topic(name, "reports"), message(name, [failure(next(reports), name)]))

        _say()
        wait_for(lambda: _count(engine, failures) == 1, what="the first report")

        _revoke_elsewhere(tmp_path, name)
        revoked = time.monotonic()
        while stolen.is_connected() and time.monotonic() - revoked < 60:
            _say()
            time.sleep(0.005)
        cut_seconds = time.monotonic() - revoked
        kept = _settled(engine)
        comebacks = []
        for _ in range(5):
            with Speaker(broker.port, name, enrolled.password) as again:
                comebacks.append(again.answer)
                again.say(topic(name, "reports"), message(name, [failure(next(reports), name)]))
        mine = neighbour.publisher
        honest.say(topic(mine, "reports"), message(mine, [failure(1, mine)]))
        wait_for(lambda: _count(engine, failures) > kept, what="the neighbour's report")

        print(f"{kind}: cut off after {cut_seconds:.2f} s")
        assert cut_seconds < 10
        assert True not in comebacks
        assert _count(engine, failures) == kept + 1
        assert honest.is_connected()


@pytest.mark.parametrize("kind", BROKERS)
def test_what_a_broker_lets_through_late_is_refused_by_the_collector(
    kind: str, engine: Engine, tmp_path: Path
) -> None:
    enrolled, neighbour = enroll_one(engine, hardware="a", serial=None), enroll_one(engine, hardware="b", serial=None)
    name, mine = enrolled.publisher, neighbour.publisher
    with (
        running_broker(kind, engine, tmp_path) as broker,  # and nobody tells it
        listening(engine, broker.host, broker.port),
        Speaker(broker.port, name, enrolled.password) as stolen,
        Speaker(broker.port, mine, neighbour.password) as honest,
    ):
        stolen.say(topic(name, "reports"), message(name, [failure(1, name)]))
        wait_for(lambda: _count(engine, failures) == 1, what="the first report")

        _revoke_elsewhere(tmp_path, name)
        seqs = iter(range(2, 10_000))

        def _is_refused() -> bool:
            stolen.say(topic(name, "reports"), message(name, [failure(next(seqs), name)]))
            return _count(engine, refusals) > 0

        wait_for(_is_refused, seconds=15, what="the collector's refusal")
        kept = _settled(engine)
        for _ in range(20):
            stolen.say(topic(name, "reports"), message(name, [failure(next(seqs), name)]))
        honest.say(topic(mine, "reports"), message(mine, [failure(1, mine)]))
        wait_for(lambda: _count(engine, failures) > kept, what="the neighbour's report")

        with engine.connect() as connection:
            reasons = set(connection.execute(sa.select(refusals.c.reason)).scalars())
        assert reasons == {"unknown_publisher"}
        assert _settled(engine) == kept + 1


def test_a_watch_refreshes_at_a_change_and_now_and_then(engine: Engine) -> None:
    refreshed: list[str] = []
    watch = CredentialWatch(engine, lambda: refreshed.append("now"))

    first = [watch.tick(NOW), watch.tick(NOW)]
    enroll_one(engine)
    changed = [watch.tick(NOW), watch.tick(NOW + timedelta(seconds=19))]
    later = [watch.tick(NOW + timedelta(seconds=20)), watch.tick(NOW + timedelta(seconds=21))]

    assert (first, changed, later) == ([True, False], [True, False], [True, False])
    assert len(refreshed) == 3


def test_a_change_that_could_not_be_taken_in_is_tried_again(engine: Engine) -> None:
    def _fail() -> None:
        raise OSError("no space")

    enroll_one(engine)
    watch = CredentialWatch(engine, _fail)

    for _ in range(2):
        with pytest.raises(OSError, match="no space"):
            watch.tick(NOW)


def _settled(engine: Engine) -> int:
    """How many reports are kept once those on their way have arrived."""
    return settled(lambda: _count(engine, failures))
