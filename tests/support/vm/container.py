"""A Debian that systemd has started, without a kernel of its own: packages and services are really installed in it.

Its start is quick, but its kernel is this machine's: what a start takes and how it ended is for `machine.py`.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.require import lacking
from tests.support.vm.image import base
from tests.support.wait import wait_for

SECONDS = 300
_NOT_NEEDED = ("boot", "usr/lib/modules", "usr/share/doc", "usr/share/locale")


@dataclass(kw_only=True)
class Container:
    """One system in a folder, which stays when it is stopped."""

    root: Path
    _child: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it, and wait until systemd has."""
        if shutil.which("systemd-nspawn") is None:
            lacking("systemd-nspawn is not installed here: it is in systemd-container")
        options = ("--register=no", "--keep-unit", "--resolv-conf=off", "--kill-signal=SIGRTMIN+3", "--console=pipe")
        with self.root.with_suffix(".log").open("ab") as log:
            self._child = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--directory", self.root, *options, "--boot"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(lambda: self._asked() in {"running", "degraded"}, seconds=SECONDS, what="the system")

    def run(self, command: str) -> str:
        """Run a command as root in root's home; what it printed. Raises AssertionError where it failed."""
        done = self._run("sh", "-c", f"cd /root; {command}")
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def off(self) -> None:
        """Shut it down."""
        if self._child is not None:
            self._run("systemctl", "poweroff")
            self._child.wait(SECONDS)
            self._child = None

    def _asked(self) -> str:
        return self._run("systemctl", "is-system-running").stdout.strip() if self._first() else ""

    def _first(self) -> str:
        """The number, on this machine, of the first program in it."""
        assert self._child is not None, "it is off"
        assert self._child.poll() is None, "the system ended: its log is beside its folder"
        found = subprocess.run(["pgrep", "-P", str(self._child.pid)], capture_output=True, text=True, check=False)
        return found.stdout.strip()

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        entering = ["nsenter", "--target", self._first(), "--all", *command]
        return subprocess.run(entering, capture_output=True, text=True, timeout=SECONDS, check=False)


@contextmanager
def container(folder: Path) -> Iterator[Container]:
    """A copy of the small Debian, started. It shares this machine's network, and so its loopback."""
    root = folder / "debian"
    root.mkdir()
    left_out = [f"--exclude=./{one}" for one in _NOT_NEEDED]
    with subprocess.Popen(
        ["tar", "-C", base() / "root", *left_out, "-cf", "-", "."], stdout=subprocess.PIPE
    ) as packing:
        subprocess.run(["tar", "-C", root, "-xf", "-"], stdin=packing.stdout, check=True, timeout=SECONDS)
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/fstab").unlink()
    (root / "etc/systemd/system/multi-user.target.wants/systemd-networkd.service").unlink()
    made = Container(root=root)
    made.start()
    try:
        yield made
    finally:
        made.off()
