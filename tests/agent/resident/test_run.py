"""The resident agent, from its start to its stop, on a real broker; and what it carries in memory."""

import json
import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollcall_wire import SchoolHours, Settings
from tests.support.agents import ask, bodies, log_of, running, wait_for_log
from tests.support.brokers.mosquitto import Mosquitto, mosquitto
from tests.support.stand_ins.acknowledging import AcknowledgingCollector, collecting
from tests.support.stand_ins.enrolling import ANSWER, enrolling
from tests.support.wait import wait_for

pytestmark = pytest.mark.mosquitto
NAME, PASSWORD = str(ANSWER["publisher"]), str(ANSWER["password"])
ALWAYS = SchoolHours(zone="UTC", days=(1, 2, 3, 4, 5, 6, 7), opens_minute=0, closes_minute=1440)
UNUSED = {"http.client", "argparse", "urllib.request", "traceback", "uuid"}
HEAVY = {"pydantic", "pydantic_core", "structlog", "asyncio", "sqlalchemy", "fastapi", "numpy", "http.server"}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder, users={NAME: PASSWORD}) as one:
        yield one


@pytest.fixture
def collector(broker: Mosquitto) -> Iterator[AcknowledgingCollector]:
    with collecting(broker.host, broker.port) as one:
        yield one


@pytest.fixture
def state(tmp_path: Path, broker: Mosquitto) -> Path:
    """The state folder of an enrolled device."""
    folder = tmp_path / "state"
    with enrolling(host=broker.host, port=broker.port) as server:
        enrolled = ask("enroll", folder, server.url, stdin="a-token\n")
    assert enrolled.returncode == 0, enrolled.stderr
    assert "a-token" not in enrolled.stdout + enrolled.stderr
    return folder


def told(collector: AcknowledgingCollector) -> list[str]:
    """The kinds told, each report once however often it was delivered."""
    found = {
        (read["epoch"], report["seq"]): str(report["body"]["kind"])
        for read in (json.loads(one.payload) for one in collector.received)
        for report in read["reports"]
    }
    return list(found.values())


def marks(state: Path) -> dict[str, str]:
    with sqlite3.connect(state / "outbox.sqlite3") as connection:
        found = dict(connection.execute("SELECT name, value FROM marks"))
    connection.close()
    return found


def test_it_tells_its_service_manager_that_it_lives_and_looks_when_asked_before_the_device_sleeps(
    state: Path, collector: AcknowledgingCollector
) -> None:
    name = f"rollcall-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        manager.settimeout(30)
        with running(state, NOTIFY_SOCKET=f"@{name}") as agent:
            word = manager.recv(100)
            wait_for(lambda: told(collector).count("vitals") == 1, seconds=30, what="the first look")
            agent.send_signal(signal.SIGUSR1)
            wait_for(lambda: told(collector).count("vitals") == 2, seconds=30, what="the look that was asked for")

    assert word == b"WATCHDOG=1"


def test_this_device_s_start_inventory_and_vitals_arrive_and_a_restart_counts_nothing_twice(
    state: Path, collector: AcknowledgingCollector
) -> None:
    with running(state):
        wait_for(lambda: {"boot", "inventory", "vitals"} <= set(told(collector)), seconds=30, what="three kinds")
    with running(state):
        wait_for(lambda: log_of(state).count("broker.connected") == 2, seconds=30, what="the second session")
        wait_for(lambda: [one["state"] for _, one in collector.states].count("ready") == 2, what="its word")

    assert sorted(told(collector)) == ["boot", "inventory", "vitals"]
    boot = next(body for body in bodies(one.payload for one in collector.received) if body["kind"] == "boot")
    assert boot["source"] in {"systemd", "proc", "uptime"}
    assert [one["state"] for _, one in collector.states] == ["ready", "disconnected"] * 2


def test_an_agent_that_is_told_to_stop_leaves_at_once_and_calls_it_no_stop_of_the_device(
    state: Path, collector: AcknowledgingCollector
) -> None:
    with running(state) as agent:
        wait_for_log(state, "broker.connected")
        agent.send_signal(signal.SIGTERM)
        agent.wait(5)

    assert agent.returncode == 0
    assert json.loads(marks(state)["run"])["this"]["flag"] == "left"
    assert "Traceback" not in log_of(state)


def test_an_agent_killed_before_delivery_delivers_everything_later(
    state: Path, broker: Mosquitto, collector: AcknowledgingCollector
) -> None:
    collector.has_acks = False
    with running(state) as agent:
        wait_for(lambda: "vitals" in told(collector), seconds=30, what="the first reports")
        agent.kill()
        agent.wait(5)
    collector.has_acks = True

    delivered = ask("once", state)

    assert (delivered.returncode, delivered.stdout) == (0, "everything is kept by the collector\n")
    assert max(collector.arrivals.values()) == 2
    epochs = {epoch for _, epoch, _ in collector.arrivals}
    assert len(epochs) == 2  # each run has its own


def test_settings_are_followed_and_everything_is_told_anew_once_when_asked(
    state: Path, collector: AcknowledgingCollector
) -> None:
    wanted = Settings(vitals_minutes=5, school_hours=ALWAYS, send_again="please-1")
    with running(state):
        wait_for(lambda: "vitals" in told(collector), seconds=30, what="the first reports")
        collector.send_settings(NAME, wanted)
        wait_for(lambda: told(collector).count("boot") == 2, seconds=20, what="the boot anew")
        collector.send_settings(NAME, wanted)
        wait_for_log(state, "settings.changed vitals_minutes=5")
    with running(state):
        wait_for(lambda: log_of(state).count("broker.connected") == 2, seconds=30, what="the second session")

    assert told(collector).count("boot") == 2
    assert told(collector).count("inventory") == 2
    assert marks(state)["send_again"] == "please-1"


def test_without_a_broker_reports_wait(state: Path, broker: Mosquitto) -> None:
    broker.stop()

    delivered = ask("once", state, "--seconds", "1")

    assert delivered.returncode == 1
    assert "3 reports wait for the collector" in delivered.stdout


def test_two_agents_never_share_an_outbox(state: Path, collector: AcknowledgingCollector) -> None:
    with running(state):
        wait_for_log(state, "broker.connected")
        second = ask("once", state)

    assert second.returncode == 1
    assert "stop it first" in second.stderr


def test_the_resident_agent_carries_neither_pydantic_nor_structlog_nor_asyncio(
    tmp_path: Path, state: Path, collector: AcknowledgingCollector
) -> None:
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "sitecustomize.py").write_text(
        "import atexit, pathlib, sys\n"
        "def real(): return [name for name, one in list(sys.modules.items()) if getattr(one, '__spec__', None)]\n"
        f"atexit.register(lambda: pathlib.Path({str(spy / 'modules')!r}).write_text('\\n'.join(real())))\n"
    )

    with running(state, PYTHONPATH=str(spy), PYTHONOPTIMIZE="2"):
        wait_for(lambda: "vitals" in told(collector), seconds=30, what="the first reports")

    modules = set((spy / "modules").read_text().split())
    assert {"paho.mqtt.client", "rollcall_agent.courier", "sqlite3", "psutil"} <= modules
    assert modules & HEAVY == set()
    assert modules & UNUSED == set(), "nothing that the resident agent never uses"
    assert not [name for name in modules if name.startswith("rollcall_agent.simulator")]


def test_a_prepared_device_enrolls_by_itself_when_the_agent_starts(
    tmp_path: Path, broker: Mosquitto, collector: AcknowledgingCollector
) -> None:
    with (
        enrolling(host=broker.host, port=broker.port) as server,
        running(tmp_path / "image", ROLLCALL_AGENT_URL=server.url, ROLLCALL_AGENT_TOKEN="a-token"),
    ):
        wait_for(lambda: "vitals" in told(collector), seconds=30, what="the first reports")


def test_doctor_signs_in_for_real_and_names_a_password_that_was_replaced(
    state: Path, broker: Mosquitto, collector: AcknowledgingCollector
) -> None:
    with running(state):
        wait_for(lambda: len(told(collector)) >= 3, what="its reports")
        well = ask("doctor", state)
    identity = json.loads((state / "identity.json").read_text())
    (state / "identity.json").write_text(json.dumps({**identity, "password": "an older one"}))

    refused = ask("doctor", state)

    assert f"ok     sign-in: the broker lets {NAME} in" in well.stdout
    assert refused.returncode == 1
    assert "WRONG  sign-in: the broker refuses this device's password" in refused.stdout
    assert f"enroll {identity['url']} --again --state {state}" in refused.stdout
