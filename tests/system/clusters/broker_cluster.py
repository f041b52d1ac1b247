"""A cluster of three brokers under load, one of them killed: nothing is lost, and nothing is kept twice."""

import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from rollcall_collector.store.database import open_database
from tests.support.brokers.front import front
from tests.support.brokers.mosquitto import COLLECTOR_PASSWORD, free_port
from tests.support.brokers.rabbitmq import asking, rabbitmq
from tests.support.faults.going_up import running_verb
from tests.support.faults.killing import Installation, acknowledged, count, enroll_agents, fresh_store, settle
from tests.support.wait import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.alone]
AGENTS = 6
BEFORE_SECONDS, AFTER_SECONDS = 8.0, 12.0
TOKEN = "the-brokers-own-token"


def test_of_three_nodes_one_killed_under_load_loses_and_doubles_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, web = fresh_store(tmp_path / "store", "sqlite"), free_port()
    engine = open_database(url)
    passwords = enroll_agents(engine, AGENTS)
    engine.dispose()
    (tmp_path / "token").write_text(TOKEN)
    answering = {
        "ROLLCALL_DATABASE": url,
        "ROLLCALL_BROKER__KIND": "external",
        "ROLLCALL_BROKER__PASSWORD": COLLECTOR_PASSWORD,
        "ROLLCALL_BROKER__ASK_TOKEN_FILE": str(tmp_path / "token"),
        "ROLLCALL_WEB__PORT": str(web),
    }
    with ExitStack() as stack:
        stack.enter_context(running_verb(tmp_path / "web", "web", settings=answering))
        asked = asking(f"http://broker:{TOKEN}@127.0.0.1:{web}")
        cluster = stack.enter_context(rabbitmq(tmp_path / "rabbitmq", settings=asked, count=3))
        before = stack.enter_context(front(cluster.ports))
        made = Installation(folder=tmp_path, url=url, broker=before, passwords=passwords)
        stack.callback(made.stop)
        made.start_collector()  # the first to come: it speaks to the first node
        wait_for(lambda: "broker.connected" in (tmp_path / "collector.log").read_text(), seconds=120, what="ingest")
        for name in passwords:
            made.start_agent(name)
        wait_for(lambda: acknowledged(made) > AGENTS, seconds=120, what="the first acks")
        time.sleep(BEFORE_SECONDS)

        cluster.nodes[0].kill()
        killed_at, known = time.monotonic(), acknowledged(made)
        wait_for(lambda: acknowledged(made) > known + AGENTS, seconds=180, what="acks by the two that are left")
        waited = time.monotonic() - killed_at
        time.sleep(AFTER_SECONDS)
        settle(made, seconds=240)
    welcomed = (tmp_path / "collector.log").read_text().count("broker.connected")
    found = count(made, Counter({"node of the cluster": 1}))

    with capsys.disabled():
        print(
            f"\nRabbitMQ x 3, one killed: acks again after {waited:.1f} s; {found.generated} generated, {found.stored} "
            f"stored, {found.waiting} waiting, {found.lost} lost, {found.twice} counted twice",
            end="",
        )
    assert (found.lost, found.twice, found.waiting, found.refused) == (0, 0, 0, 0)
    assert found.generated > 1000
    assert welcomed > 1, "the node that was killed was the collector's own"
