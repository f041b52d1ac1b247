"""systemd hears that the collector is up and that its loops go round, and hears nothing more once one hangs."""

import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollcall_collector.cli.parts.supervision import supervised
from rollcall_collector.config import Supervisor, take_supervisor
from tests.support.wait import wait_for


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    """Where a service manager listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(180)
        yield listening


def _supervisor(heard: socket.socket) -> Supervisor:
    return Supervisor(address=heard.getsockname(), seconds=0.1)


def test_a_started_collector_says_so_and_gives_signs_of_life_until_it_stops(
    heard: socket.socket, tmp_path: Path
) -> None:
    env = {
        "ROLLCALL_FOLDER": str(tmp_path / "var"),
        "ROLLCALL_BROKER__KIND": "embedded",
        "ROLLCALL_BROKER__PORT": "0",
        "ROLLCALL_WEB__PORT": "0",
        "NOTIFY_SOCKET": heard.getsockname(),
        "WATCHDOG_USEC": "400000",
    }
    program = (Path(sys.executable).with_name("rollcall"), "up", "--without-agent")
    child = subprocess.Popen(program, env=os.environ | env, stdout=subprocess.DEVNULL)
    try:
        words = [heard.recv(99) for _ in range(3)]
        child.send_signal(signal.SIGTERM)
        while words[-1] == b"WATCHDOG=1":
            words.append(heard.recv(99))

        assert child.wait(60) == 0
    finally:
        child.kill()
    assert words[:3] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    assert words[-1] == b"STOPPING=1"


def test_who_hangs_gives_no_sign_and_is_missed(heard: socket.socket) -> None:
    asked = itertools.count()

    with supervised(_supervisor(heard), lambda: next(asked) < 0):
        wait_for(lambda: next(asked) > 4, what="questions whether it lives")

    assert [heard.recv(99), heard.recv(99)] == [b"READY=1", b"STOPPING=1"]


def test_only_the_one_that_was_started_answers_and_none_of_its_children() -> None:
    environ = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}

    found = take_supervisor(environ)

    assert found == Supervisor(address="/run/notify", seconds=None)
    assert environ == {}
