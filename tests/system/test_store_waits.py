"""Every part waits for its store, from its first second to its last: PostgreSQL killed in a loop, SQLite locked."""

import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rollcall_collector.store.database import migrate, open_database
from tests.support.brokers.mosquitto import free_port
from tests.support.faults.going_up import Running, running_verb
from tests.support.faults.killing import EmbeddedProgram, Installation, count, enroll_agents, installation, settle
from tests.support.postgresql import Cluster
from tests.support.require import require
from tests.support.wait import wait_for

ROUNDS = 12
ALL_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster(require("postgresql"), is_durable=True)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def _whole(folder: Path, url: str, cluster: Cluster) -> Iterator[tuple[Installation, list[Running]]]:
    """`rollcall up`, and `web` and `jobs` beside it, begun while PostgreSQL is not there; then their agents."""
    engine = open_database(url)
    passwords = enroll_agents(engine)
    engine.dispose()
    cluster.stop_server(is_kind=False)
    port = free_port()
    settings = {
        "ROLLCALL_DATABASE": url,
        "ROLLCALL_BROKER__KIND": "auto",
        "ROLLCALL_BROKER__PORT": str(port),
        "ROLLCALL_WEB__PORT": "0",
    }
    made = Installation(folder=folder, url=url, broker=EmbeddedProgram(url, port), passwords=passwords)
    with ExitStack() as stack:
        stack.callback(made.stop)
        verbs = {"up": ("--without-agent",), "web": (), "jobs": ()}
        running = [
            stack.enter_context(running_verb(folder, verb, *more, settings=settings)) for verb, more in verbs.items()
        ]
        for one in running:
            one.wait_until_it_says("store.awaited", seconds=180)
        cluster.start_server()
        running[0].wait_until_it_says("Rollcall is up", seconds=180)
        running[1].wait_until_it_says("Ctrl-C stops it")
        for name in passwords:
            made.start_agent(name)
        yield made, running


def _trouble(cluster: Cluster, random: Random, rounds: int) -> Counter[str]:
    """Kill the server, or end every session, at random instants; it is there at the end."""
    faults: Counter[str] = Counter()
    for _ in range(rounds):
        time.sleep(random.uniform(0.3, 3))
        if random.random() < 0.5:
            cluster.stop_server(is_kind=False)
            time.sleep(random.uniform(0, 2.5))
            cluster.start_server()
            faults["server killed"] += 1
        else:
            cluster.run_sql(ALL_SESSIONS)
            faults["sessions ended"] += 1
    return faults


def _tell(capsys: Any, what: str, outcome: Any) -> None:
    with capsys.disabled():
        print(
            f"\n{what}: {dict(outcome.faults)}; {outcome.generated} generated, {outcome.stored} stored, "
            f"{outcome.lost} lost, {outcome.twice} counted twice",
            end="",
        )
    assert (outcome.lost, outcome.twice, outcome.waiting, outcome.refused) == (0, 0, 0, 0)
    assert outcome.generated > 300


@pytest.mark.slow
def test_nothing_ends_and_nothing_is_lost_however_often_postgresql_is_killed(
    cluster: Cluster, tmp_path: Path, capsys: Any
) -> None:
    with _whole(tmp_path, cluster.fresh_database(), cluster) as (made, running):
        faults = _trouble(cluster, Random(18), ROUNDS)
        settle(made, seconds=180)

        assert [one.said()[-3_000:] for one in running if one.has_ended] == []
        assert [one.ask_to_stop() for one in running] == [0, 0, 0]
    _tell(capsys, "up, web and jobs", count(made, faults))


@pytest.mark.slow
def test_ingest_alone_outlives_every_death_of_postgresql(cluster: Cluster, tmp_path: Path, capsys: Any) -> None:
    require("mosquitto")
    url = cluster.fresh_database()
    with installation(tmp_path, url, "mosquitto") as made:
        faults = _trouble(cluster, Random(4), ROUNDS)
        cluster.stop_server(is_kind=False)
        made.kill_collector()
        made.start_collector()  # and begins while its store is away
        collector = made.collector
        wait_for(
            lambda: b"store.awaited" in (tmp_path / "collector.log").read_bytes(), seconds=60, what="its patience"
        )
        cluster.start_server()
        settle(made, seconds=180)

        assert collector is not None
        assert collector.poll() is None, (tmp_path / "collector.log").read_text()[-3_000:]
    _tell(capsys, "ingest", count(made, faults))


def test_a_locked_sqlite_is_waited_for_and_only_a_person_ends_the_wait(tmp_path: Path) -> None:
    file = tmp_path / "rollcall.sqlite3"
    engine = open_database(f"sqlite:///{file}?timeout=0.2")
    migrate(engine)
    engine.dispose()
    settings = {"ROLLCALL_WEB__PORT": "0", "ROLLCALL_DATABASE": f"sqlite:///{file}?timeout=0.2"}

    locking = sqlite3.connect(file, isolation_level=None)
    locking.execute("PRAGMA journal_mode=DELETE")
    locking.execute("BEGIN EXCLUSIVE")
    with running_verb(tmp_path / "a", "web", settings=settings) as given_up:
        given_up.wait_until_it_says("store.awaited")
        assert given_up.ask_to_stop() == 0
    with running_verb(tmp_path / "b", "web", settings=settings) as patient:
        patient.wait_until_it_says("store.awaited")
        locking.execute("ROLLBACK")
        locking.close()
        patient.wait_until_it_says("Ctrl-C stops it")

        patient.program.send_signal(signal.SIGINT)
        assert patient.program.wait(30) == 0


@pytest.mark.parametrize(
    "database", ["sqlight:///x", "postgresql+psycopg://nobody@/x?host=/nowhere&port=what", "not an address"]
)
def test_settings_that_cannot_be_end_it_at_once_with_the_way_out(database: str, tmp_path: Path) -> None:
    with running_verb(tmp_path, "ingest", settings={"ROLLCALL_DATABASE": database}) as running:
        assert running.program.wait(60) == 2

        assert "mend 'database' in the settings" in running.said()
