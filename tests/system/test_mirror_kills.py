"""The sender or the mirror's server is killed again and again: what is counted in the end is what the store has."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event

import pytest
from sqlalchemy import Engine

from rollcall_collector.mirror.rebuild import rebuild
from tests.support.identities import new_store
from tests.support.listening import enroll
from tests.support.mirroring.influx import Reply, fake_influx
from tests.support.mirroring.mirrored import DEVICES, Mirrored, run_senders, stored, tell_a_round
from tests.support.mirroring.victoria import victoria

pytestmark = [pytest.mark.slow]
KILLS = 20


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    enroll(opened, DEVICES)
    yield opened
    opened.dispose()


def test_a_sender_killed_while_it_writes_brings_everything_once(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed within a request: half the times before the lines are taken, half the times after."""
    running: list[subprocess.Popen[bytes]] = []
    kills = 0

    def decide(_: list[str]) -> Reply:
        nonlocal kills
        if kills >= KILLS:
            return Reply()
        kills += 1
        running[-1].kill()
        return Reply(status=204 if kills % 2 else 503)

    with fake_influx(decide) as fake:
        mirrored = Mirrored(engine, fake.url)
        run_senders(mirrored, fake.url, running, kills=KILLS)

        told = fake.count("boot"), fake.count("failure"), fake.count("vitals")
        lines = sum(map(len, fake.requests))
        with capsys.disabled():
            print(
                f"\n{kills} kills of the sender: {lines} lines in {len(fake.requests)} requests, {sum(told)} points",
                end="",
            )
        assert kills == KILLS
        assert told == (*stored(engine), DEVICES * (KILLS + 1))
        mirrored.close()


@pytest.mark.victoriametrics
def test_a_server_that_forgets_what_it_took_is_whole_after_a_rebuild(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(14)
    with victoria(tmp_path / "victoria") as server:
        mirrored = Mirrored(engine, server.url)
        for turn in range(KILLS):
            tell_a_round(mirrored, turn)
            if random.random() < 0.7:  # it takes them, and forgets them: they were in its memory alone
                mirrored.sender.turn()
            server.kill()
            mirrored.sender.turn()
            server.start()
            mirrored.clock.move(60)
        mirrored.drain()
        before = len(server.points("boot_count")), len(server.points("failure_count"))

        rebuild(engine, mirrored.influx.write, mirrored.clock(), stop=Event(), say=lambda _: None)

        after = len(server.points("boot_count")), len(server.points("failure_count"))
        with capsys.disabled():
            print(
                f"\n{KILLS} kills of the server: {before} points left of {stored(engine)}, {after} after the rebuild",
                end="",
            )
        assert after == stored(engine)
        mirrored.close()
