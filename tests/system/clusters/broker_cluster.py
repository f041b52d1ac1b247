"""A cluster of three brokers under load, one of them killed: nothing is lost, and nothing is kept twice."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from rollcall_collector.store.database import open_database
from tests.support.brokers.front import front
from tests.support.brokers.mosquitto import COLLECTOR_PASSWORD, free_port
from tests.support.brokers.rabbitmq import Cluster, asking, rabbitmq
from tests.support.faults.going_up import running_verb
from tests.support.faults.killing import (
    Installation,
    acknowledged,
    count,
    enroll_agents,
    fresh_store,
    outboxes,
    settle,
)
from tests.support.wait import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.alone]
AGENTS = 6
BEFORE_SECONDS, AFTER_SECONDS = 8.0, 12.0
KILLED = ("the collector's own", "another")
TOKEN = "the-brokers-own-token"


@contextmanager
def _clustered(folder: Path) -> Iterator[tuple[Cluster, Installation]]:
    """Three nodes that ask the collector, before them one address, and a collector that speaks to the first node."""
    url, web = fresh_store(folder / "store", "sqlite"), free_port()
    engine = open_database(url)
    passwords = enroll_agents(engine, AGENTS)
    engine.dispose()
    (folder / "token").write_text(TOKEN)
    answering = {
        "ROLLCALL_DATABASE": url,
        "ROLLCALL_BROKER__KIND": "external",
        "ROLLCALL_BROKER__PASSWORD": COLLECTOR_PASSWORD,
        "ROLLCALL_BROKER__ASK_TOKEN_FILE": str(folder / "token"),
        "ROLLCALL_WEB__PORT": str(web),
    }
    with ExitStack() as stack:
        stack.enter_context(running_verb(folder / "web", "web", settings=answering))
        asked = asking(f"http://broker:{TOKEN}@127.0.0.1:{web}")
        cluster = stack.enter_context(rabbitmq(folder / "rabbitmq", settings=asked, count=3))
        before = stack.enter_context(front(cluster.ports))
        made = Installation(folder=folder, url=url, broker=before, passwords=passwords)
        stack.callback(made.stop)
        made.start_collector()  # the first to come: it speaks to the first node
        wait_for(lambda: _welcomed(made), seconds=120, what="ingest")
        yield cluster, made


@pytest.mark.parametrize("number", range(len(KILLED)), ids=KILLED)
def test_of_three_nodes_one_killed_under_load_loses_and_doubles_nothing(
    number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with _clustered(tmp_path) as (cluster, made):
        for name in made.passwords:
            made.start_agent(name)
        wait_for(lambda: acknowledged(made) > AGENTS, seconds=120, what="the first acks")
        time.sleep(BEFORE_SECONDS)

        cluster.nodes[number].kill()
        killed_at = time.monotonic()
        told = {name: newest for name, (newest, _) in outboxes(made).items()}
        wait_for(lambda: _all_past(made, told), seconds=180, what="acks to every agent by the two that are left")
        waited = time.monotonic() - killed_at
        time.sleep(AFTER_SECONDS)
        settle(made, seconds=240)
    found = count(made, Counter({"node of the cluster": 1}))

    with capsys.disabled():
        print(
            f"\nRabbitMQ x 3, {KILLED[number]} killed: every agent heard again after "
            f"{waited:.1f} s; {found.generated} generated, {found.stored} stored, {found.waiting} waiting, "
            f"{found.lost} lost, {found.twice} counted twice",
            end="",
        )
    assert (found.lost, found.twice, found.waiting, found.refused) == (0, 0, 0, 0)
    assert found.generated > 1000
    assert (_welcomed(made) > 1) is (number == 0), "the collector had to come again if the killed one was its own"


def _all_past(made: Installation, numbers: dict[str, int]) -> bool:
    """Whether each agent has delivered more than up to this number of its own."""
    return all(newest - left > numbers[name] for name, (newest, left) in outboxes(made).items())


def _welcomed(made: Installation) -> int:
    """How many times a broker let the collector in."""
    return (made.folder / "collector.log").read_text().count("broker.connected")
