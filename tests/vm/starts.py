"""A Debian PC's life in an emulator: every start is told once, with its parts, and how the run before it ended.

Not called test_: half an hour of emulation is run by name, `make test-vm`.
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from release.debian import pack
from rollcall_dashboards.pages.enroll.ways import ways_of
from tests.support.brokers.school_server import SchoolServer, school_server
from tests.support.vm.image import make_disk
from tests.support.vm.machine import Machine
from tests.support.wait import wait_for

TOLD_SECONDS = 1800.0
EXACT_SECONDS = 0.5
VERSION = "0.1.0"
ENDED = [
    ("unknown", "unknown"),
    ("clean", "unknown"),
    ("unclean", "crash"),
    ("unclean", "power_loss_or_hang"),
    ("unclean", "power_loss_or_hang"),
    ("unknown", "unknown"),
    ("clean", "unknown"),
]
"""How the run before each start ended; before the sixth, its disk was set back."""
_PARTS = {"firmware", "loader", "kernel", "userspace"}
_PART = re.compile(r"(?:(\d+)min )?([\d.]+)(m?)s \((\w+)\)")
_REACHED = re.compile(r"target reached after (?:(\d+)min )?([\d.]+)(m?)s in userspace")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SchoolServer]:
    with school_server(tmp_path_factory.mktemp("server")) as made:
        # Always school, so that instants are told and not days.
        made.ask("sites", "set", "Hill", "--days", "1234567", "--opens", "00:00", "--closes", "23:59")
        yield made


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, server: SchoolServer) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    made = Machine(folder)
    carried = [Path(shutil.move(pack(VERSION), folder)), server.ca_file]
    make_disk(made.disk, {f"root/{one.name}": one for one in carried})
    try:
        yield made
    finally:
        made.stop()


def boots(server: SchoolServer) -> list[dict[str, Any]]:
    return rows(server, "SELECT * FROM boots ORDER BY boot")


def rows(server: SchoolServer, query: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(server.settings.parent / "var" / "rollcall.sqlite3")) as store:
        store.row_factory = sqlite3.Row
        return [dict(row) for row in store.execute(query)]


def wait_until_told(server: SchoolServer, count: int) -> dict[str, Any]:
    """The newest start, once the collector holds so many."""
    wait_for(lambda: len(boots(server)) >= count, seconds=TOLD_SECONDS, what=f"start {count}")
    return boots(server)[-1]


def seconds_of(minutes: str | None, number: str, milli: str) -> float:
    return 60 * int(minutes or 0) + float(number) / (1000 if milli else 1)


def measured(machine: Machine) -> dict[str, float]:
    """The parts of this start as systemd-analyze says them; userspace until its default target."""
    said = machine.type("systemd-analyze")
    found = {name: seconds_of(*rest) for *rest, name in _PART.findall(said)}
    if reached := _REACHED.search(said):
        found["userspace"] = min(found["userspace"], seconds_of(*reached.groups()))
    assert {"kernel", "userspace"} <= found.keys() <= _PARTS, said
    return found


def lowest_level(server: SchoolServer) -> float:
    """The lowest that the collector was ever told."""
    (found,) = rows(server, "SELECT min(battery_level_percent_min) AS level FROM device_days")
    return float(found["level"])


def fall_asleep(machine: Machine) -> int:
    """Empty the battery a good deal, look at it, and send the machine to sleep, never to wake; what was seen."""
    machine.type("for _ in $(seq 12); do cat /sys/class/power_supply/BAT0/capacity >/dev/null; sleep 1.2; done")
    level = int(machine.type("cat /sys/class/power_supply/BAT0/capacity"))
    machine.suspend()
    machine.cut()
    return level


def start(machine: Machine, server: SchoolServer, number: int, *, command: str = "true") -> dict[str, Any]:
    """Start it for this time; the start as the collector holds it, once that agrees with systemd-analyze."""
    machine.on()
    machine.type(command)
    told = wait_until_told(server, number)
    expected = measured(machine)
    print(f"start {number}: {expected} {told}")
    assert {name for name, took in expected.items() if abs(told[f"{name}_seconds"] - took) > EXACT_SECONDS} == set()
    return told


def test_every_start_of_a_real_debian_is_told_once_and_how_the_one_before_it_ended(
    machine: Machine, server: SchoolServer
) -> None:
    older = machine.disk.with_name("older.img")

    ways = ways_of(server.url, VERSION, server.token, has_authority=True)
    (command,) = [one.command.removeprefix("sudo ") for one in ways if "Debian" in one.platform]

    told = [start(machine, server, 1, command=command)]
    signs_of_life = machine.type("systemctl show -p WatchdogTimestampMonotonic --value rollcall-agent")
    machine.off()
    shutil.copy(machine.disk, older)
    told.append(start(machine, server, 2))
    machine.panic()
    told.append(start(machine, server, 3))
    machine.cut()
    told.append(start(machine, server, 4))
    level = fall_asleep(machine)
    told.append(start(machine, server, 5))
    wait_for(lambda: lowest_level(server) <= level, seconds=TOLD_SECONDS, what="the level before the sleep")
    machine.off()
    shutil.copy(older, machine.disk)
    told.append(start(machine, server, 6))
    machine.off()
    told.append(start(machine, server, 7))

    assert [(one["previous_stop"], one["stop_cause"]) for one in told] == ENDED
    assert [one["boot_id"] for one in boots(server)] == [one["boot_id"] for one in told]
    assert {one["source"] for one in told} == {"systemd"}
    assert level - 6 <= lowest_level(server) <= level
    assert int(signs_of_life) > 0
