"""The Debian package, installed by dpkg into a root of the test's: upgraded with its state, taken out, purged."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from release.debian import pack
from rollcall_agent.outbox import Outbox
from tests.support.agents import environment
from tests.support.fleets.released.outbox import released_outbox
from tests.support.require import lacking

pytestmark = pytest.mark.slow
STATE = "var/lib/rollcall-agent"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The package as it is, and as the next release will be."""
    if shutil.which("dpkg-deb") is None:
        lacking("dpkg-deb is not installed here")
    folder = tmp_path_factory.mktemp("packages")
    first, second = (Path(shutil.move(pack(version), folder)) for version in ("0.1.0", "0.1.1"))
    return first, second


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty system that dpkg can install into."""
    for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").touch()
    return tmp_path


def dpkg(root: Path, *arguments: str | Path) -> None:
    options = ("--force-script-chrootless", "--force-depends", "--force-not-root", "--log=/dev/null")
    done = subprocess.run(
        ["dpkg", f"--root={root}", *options, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def agent(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed program, on this Python, which lies in another place than Debian's."""
    command: list[str | Path] = [sys.executable, "-I", "-S", root / "usr/bin/rollcall-agent", *arguments]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=60)


def own_files(root: Path) -> list[str]:
    """What is left of it, beside dpkg's own books."""
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if path.parts[:3] != ("var", "lib", "dpkg"))


def test_it_runs_with_nothing_but_what_is_in_it(packages: tuple[Path, Path], root: Path) -> None:
    dpkg(root, "--install", packages[0])

    version = agent(root, "--version")
    printed = agent(root, "print", "--json", "--state", str(root / STATE))

    assert version.stdout.startswith("rollcall-agent "), version.stderr
    assert '"kind":"boot"' in printed.stdout.replace(" ", ""), printed.stderr
    unit = (root / "usr/lib/systemd/system/rollcall-agent.service").read_text()
    assert "ExecStart=/usr/bin/rollcall-agent run" in unit
    assert "/opt/" not in unit


def test_an_upgrade_keeps_what_the_last_release_left_and_a_purge_leaves_nothing(
    packages: tuple[Path, Path], root: Path
) -> None:
    dpkg(root, "--install", packages[0])
    outbox = root / STATE / "outbox.sqlite3"
    released_outbox(outbox, 50)
    for folder in ("etc/rollcall-agent", "var/lib/private/rollcall-agent"):
        (root / folder).mkdir(parents=True)
    (root / "var/lib/private/rollcall-agent/outbox.sqlite3").touch()
    (root / "etc/rollcall-agent/environment").write_text("ROLLCALL_AGENT_URL=https://rollcall.example\n")

    dpkg(root, "--install", packages[1])
    upgraded = Outbox(outbox)
    upgraded.start()
    waiting = upgraded.waiting()
    upgraded.stop()
    dpkg(root, "--remove", "rollcall-agent")
    removed = own_files(root)
    dpkg(root, "--purge", "rollcall-agent")

    assert waiting == 50
    assert {name for name in removed if not name.startswith((STATE, "var/lib/private", "etc/rollcall-agent"))} == set()
    assert outbox.exists() is False
    assert own_files(root) == []
