"""The verb of a bridge: what it says where there is none, how it enrolls and checks, on a real web server."""

import subprocess
import sys
from pathlib import Path

from tests.support.agents import ask, environment
from tests.support.require import ROOT
from tests.support.stand_ins.enrolling import enrolling
from tests.support.stand_ins.make_believe_bridge import list_devices

BRIDGE = {"device_id": None, "publisher": "b-ipados-0123456789ab"}


def bridge(state: Path, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """The verb with the make-believe bridge registered."""
    return subprocess.run(
        [sys.executable, "-m", "tests.support.stand_ins.make_believe_bridge", state, "make-believe", *arguments],
        env=environment(**env),
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_built_in_bridge_that_is_not_enrolled_says_how(tmp_path: Path) -> None:
    asked = ask("bridge", tmp_path, "google")

    assert asked.returncode == 1
    assert asked.stderr == (
        "rollcall-agent: this bridge is not enrolled: run 'rollcall-agent bridge google enroll URL'\n"
    )


def test_a_wrong_name_names_the_bridges_there_are(tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "tests.support.stand_ins.make_believe_bridge", tmp_path, "mosyle"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert asked.returncode == 2
    assert asked.stderr == "rollcall-agent: there is no bridge 'mosyle': there are: make-believe\n"


def test_a_bridge_enrolls_beside_the_device_it_runs_on(tmp_path: Path) -> None:
    with enrolling() as server:
        ask("enroll", tmp_path, server.url, stdin="a-device-s-token")
        server.answer |= BRIDGE
        enrolled = bridge(tmp_path, "enroll", server.url, stdin="a-bridge-s-token")

    assert enrolled.returncode == 0, enrolled.stderr
    assert "enrolled as b-ipados-0123456789ab" in enrolled.stdout
    (_, device), (_, told) = server.asked
    assert told["inventory"]["platform"] == "ipados"
    assert len(told["hardware_id"]) == 64
    assert told["hardware_id"] != device["hardware_id"]
    assert (tmp_path / "identity.json").read_text() != (tmp_path / "bridges/make-believe/identity.json").read_text()


def test_a_device_s_token_is_no_bridge_s(tmp_path: Path) -> None:
    with enrolling() as server:
        enrolled = bridge(tmp_path, "enroll", server.url, stdin="a-device-s-token")

    assert enrolled.returncode == 1
    assert "this token is for devices" in enrolled.stderr
    assert not (tmp_path / "bridges/make-believe/identity.json").exists()


def test_a_bridge_that_is_not_enrolled_says_how(tmp_path: Path) -> None:
    run = bridge(tmp_path)

    assert run.returncode == 1
    assert "run 'rollcall-agent bridge make-believe enroll URL'" in run.stderr


def test_check_tells_of_the_collector_and_of_the_service(tmp_path: Path) -> None:
    lacking = bridge(tmp_path, "--check")
    with enrolling() as server:
        server.answer |= BRIDGE
        bridge(tmp_path, "enroll", server.url, stdin="a-bridge-s-token")
        list_devices(tmp_path / "bridges/make-believe", 3)
        well = bridge(tmp_path, "--check")
        _, (path, told) = server.asked
        server.status = 404
        older = bridge(tmp_path, "--check")
    gone = bridge(tmp_path, "--check")

    assert lacking.returncode == 1
    assert "WRONG  identity: this bridge is not enrolled" in lacking.stdout
    assert "WRONG  service: its list is missing" in lacking.stdout
    assert well.returncode == 0
    assert well.stdout.splitlines() == [
        f"ok     identity: b-ipados-0123456789ab, from {server.url}",
        "ok     service: its list is there",
        "ok     collector: its page Add devices shows this",
    ]
    found = {"subject": "service", "says": "its list is there", "way_out": "", "is_fault": False}
    assert (path, told) == ("/api/v1/bridges/checks", {"bridge": "make-believe", "checks": [found]})
    assert (older.returncode, older.stdout.splitlines()[-1]) == (
        0, "ok     collector: it answers; once upgraded, its page shows this",
    )  # fmt: skip
    assert (gone.returncode, "WRONG  collector: it cannot be reached" in gone.stdout) == (1, True)
