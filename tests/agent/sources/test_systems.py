"""Systems: one folder and one line each, found by name, and named nowhere else."""

import re
from pathlib import Path

import pytest

from rollcall_agent.bridges.registry import BRIDGES
from rollcall_agent.errors import UnknownSystemError
from rollcall_agent.sources.registry import SYSTEMS, find_system, this_system
from rollcall_agent.sources.system import System
from rollcall_wire.codes import PLATFORMS
from tests.support.require import ROOT

AGENT = ROOT / "agent/src/rollcall_agent"
OF_ONE_SYSTEM = re.compile(
    r"linux|/proc\b|/sys\b|systemd|clock_gettime|geteuid|fcntl|/usr/bin|/var/lib|INVOCATION_ID|launchd|winreg|msvcrt|wevtapi|win32|powershell",
    re.IGNORECASE,
)
MAY_NAME_ONE = {
    "sources/registry.py": "chooses",
    "sources/posix.py": "Linux and macOS hold a folder alike",
    "simulator/life/failing.py": "plays devices of every platform",
    "simulator/life/models.py": "plays devices of every platform",
    "simulator/life/priors.py": "plays devices of every platform",
    "simulator/life/releases.py": "plays devices of every platform",
    "simulator/life/starting.py": "plays devices of every platform",
}
"""Files outside a system's own folder that may name it, and why."""
ALL = [find_system(name) for name in SYSTEMS]
FILES = sorted(path.relative_to(AGENT).as_posix() for path in AGENT.rglob("*.py"))


def test_a_system_is_named_in_its_own_folder_alone() -> None:
    own = tuple(f"sources/{system.platform}/" for system in ALL)
    elsewhere = {
        name: found
        for name in FILES
        if not name.startswith(own) and (found := sorted(set(OF_ONE_SYSTEM.findall((AGENT / name).read_text()))))
    }

    assert set(elsewhere) == set(MAY_NAME_ONE), elsewhere


def test_the_system_that_runs_here_is_known() -> None:
    assert this_system() in ALL


def test_an_unknown_system_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownSystemError, match=r"'plan9' yet: it knows linux, win32, darwin; .*simulate"):
        find_system("plan9")


def test_the_system_that_runs_here_knows_its_device_this_start_and_the_clocks() -> None:
    system = this_system()
    host, first, second = system.host(), system.moment(), system.moment()

    hardware = system.hardware(host)

    assert system.platform in PLATFORMS
    assert hardware
    assert system.is_same_device(host, hardware)
    assert system.boot_id(host) == system.boot_id(host) != system.raw_boot_id(host)
    assert first.awake_seconds <= second.awake_seconds
    assert first.since_boot_seconds <= second.since_boot_seconds
    assert system.inventory(host).platform == system.platform


@pytest.mark.parametrize("system", ALL, ids=lambda one: one.platform)
def test_every_source_has_a_name_of_its_own_and_a_row_in_the_readme(system: System) -> None:
    rows = _first_cells()
    names = [source.name for source in system.sources]

    assert len(names) == len(set(names))
    assert [name for name in names if name not in rows] == []


def test_every_bridge_has_a_name_of_its_own_a_row_in_the_readme_and_a_test() -> None:
    rows = _first_cells()
    names = [bridge.name for bridge in BRIDGES]

    assert len(names) == len(set(names))
    assert [name for name in names if name not in rows] == []
    assert [name for name in names if not _tests_of(name.replace("-", "_"))] == []


def _tests_of(bridge: str) -> list[Path]:
    """Its test file, or those of its folder."""
    tests = ROOT / "tests/agent/bridges"
    return [*tests.rglob(f"test_{bridge}.py"), *(tests / bridge).glob("test_*.py")]


def _first_cells() -> set[str]:
    """The words of the first column of the README's tables."""
    rows = [line for line in Path(ROOT / "agent/README.md").read_text().splitlines() if line.startswith("| ")]
    return {word for row in rows for word in re.findall(r"[\w-]+", row.split("|")[1])}
