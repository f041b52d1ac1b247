"""Follows the commands of a document to the letter, on a make-believe server whose root is a folder.

What needs a root of its own is played: accounts, rights, firewall and `scp` say yes, `systemctl` starts a unit's own
command. Everything else is real: what is packed, installed, signed, started and sent.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.support.require import ROOT
from tests.support.wait import wait_for

NAME = "rollcall.hill.example"
_PLAYED = {
    "sudo": '[ "$1" = -u ] && shift 2; exec "$@"',
    "scp": 'while [ $# -gt 1 ]; do cp "$1" "$CARRIED/"; shift; done',
    "make": f'exec /usr/bin/make --no-print-directory -o setup -C {shlex.quote(str(ROOT))} "$@"',
    "systemctl": f'PYTHONPATH={shlex.quote(str(ROOT))} exec {sys.executable} -m tests.support.walkthrough "$@"',
    **dict.fromkeys(("apt-get", "adduser", "chown", "ufw"), "exit 0"),
}


class Walkthrough:
    """A folder that stands for a computer. `web_port` and `broker_port` stand for 443 and 8883."""

    def __init__(self, folder: Path, *, web_port: int, broker_port: int) -> None:
        self.root = folder / "root"
        self.home = folder / "home"
        self.url = f"https://localhost:{web_port}"
        self._programs = folder / "programs"
        self._ports = {"443": str(web_port), "8883": str(broker_port)}

    def start(self) -> None:
        """Make what a fresh Debian has."""
        for path in (self.home, self._programs, *map(self.path, ("/opt", "/etc/systemd/system", "/var/lib", "/run"))):
            path.mkdir(parents=True)
        for name, words in _PLAYED.items():
            (self._programs / name).write_text(f"#!/bin/sh\n{words}\n")
            (self._programs / name).chmod(0o755)

    def stop(self) -> None:
        """End what was started."""
        for note in self.path("/run").glob("*.pid"):
            self.run(f"systemctl stop {note.stem}")

    def wait_until_up(self) -> None:
        """Until the pages and the broker answer."""
        for port in self._ports.values():
            wait_for(lambda port=port: _is_open(int(port)), seconds=120, what=f"port {port}")  # type: ignore[misc]

    def path(self, name: str) -> Path:
        """Where this path of the computer really is."""
        return self.root / name.removeprefix("/")

    def follow(self, section: str) -> list[str]:
        """Run every block of commands of this section of README.md, in order; what each one printed."""
        return [self.run(block) for block in self.blocks(section)]

    def blocks(self, section: str) -> list[str]:
        """The blocks of commands of this section of README.md."""
        text = (ROOT / "README.md").read_text()
        (found,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## )", text, flags=re.MULTILINE | re.DOTALL)
        return re.findall(r"^```sh\n(.*?)^```", found, flags=re.MULTILINE | re.DOTALL)

    def run(self, commands: str) -> str:
        """Run commands as they stand, each of which must succeed; what they printed."""
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._meant(commands)],
            cwd=ROOT if commands.startswith("make ") else self.home,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert ended.returncode == 0, f"{commands}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def _meant(self, commands: str) -> str:
        text = commands.replace(f"https://{NAME}", self.url).replace(NAME, "localhost")
        text = re.sub(r"^port = (\d+)$", lambda port: f"port = {self._ports[port[1]]}", text, flags=re.MULTILINE)
        return re.sub(r"(?<![\w.])/(opt|etc|var)/", rf"{self.root}/\1/", text)

    def _environment(self) -> dict[str, str]:
        # Who runs the tests may do so by make, whose own words would reach the `make` of the document.
        ours = ("ROLLCALL_", "MAKE", "MFLAGS", "ARGS")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        path = f"{self._programs}:{os.environ['PATH']}"
        return kept | {"PATH": path, "HOME": str(self.home), "CARRIED": str(self.home), "WALKED": str(self.root)}


def _is_open(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("localhost", port)) == 0


def _systemctl(root: Path, verb: str, *rest: str) -> None:
    """Start or stop what a unit names; what is not installed here is nobody's."""
    name = rest[-1] if rest else ""
    unit, note = root / "etc/systemd/system" / f"{name}.service", root / "run" / f"{name}.pid"
    if verb in {"disable", "stop"} and note.exists():
        pid = int(note.read_text())
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not Path(f"/proc/{pid}").exists(), seconds=60, what=f"the end of {name}")
        note.unlink()
    if verb in {"enable", "start"}:
        stated = re.sub(r"(?<![\w.:])/(opt|etc|var)/", rf"{root}/\1/", unit.read_text())
        pairs = [line.split("=", 1) for line in stated.splitlines() if "=" in line and not line.startswith("#")]
        (command,) = [value for key, value in pairs if key == "ExecStart"]
        (state,) = [value for key, value in pairs if key == "StateDirectory"]
        (root / "var/lib" / state).mkdir(parents=True, exist_ok=True)
        set_here = dict(value.split("=", 1) for key, value in pairs if key == "Environment")
        with (root / "run" / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                shlex.split(command), env=os.environ | set_here, stdout=log, stderr=log, start_new_session=True
            )
        note.write_text(str(child.pid))


if __name__ == "__main__":
    _systemctl(Path(os.environ["WALKED"]), *sys.argv[1:])
