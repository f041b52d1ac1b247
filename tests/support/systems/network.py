"""A network of the tests' own, in a namespace: nothing on it reaches this machine's, nor anything else."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_PREFIX = "rollcall-"
_SUBNET = "10.99.0"


class Network:
    """A bridge to which systems are plugged. Whoever runs a program on it knows the systems by their names."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{_PREFIX}{os.getpid()}"
        self._hosts = folder / "hosts"
        self._plugged: list[str] = []

    def start(self) -> None:
        """Make it; what killed tests left behind is swept out on the way."""
        _sweep()
        _ip("netns", "add", self.name)
        _ip("-n", self.name, "link", "set", "lo", "up")
        _ip("-n", self.name, "link", "add", "switch", "type", "bridge")
        _ip("-n", self.name, "addr", "add", f"{_SUBNET}.1/24", "dev", "switch")
        _ip("-n", self.name, "link", "set", "switch", "up")
        self._hosts.write_text("127.0.0.1 localhost\n")

    def stop(self) -> None:
        """Take it away."""
        for name in (*self._plugged, self.name):
            _ip("netns", "del", name)

    def plug(self, names: list[str]) -> tuple[str, str]:
        """A place on it for a system that is found by these names: its namespace and its address."""
        number = len(self._plugged) + 11
        place, address = f"{self.name}-{number}", f"{_SUBNET}.{number}"
        _ip("netns", "add", place)
        self._plugged.append(place)
        _ip("-n", self.name, "link", "add", f"port{number}", "type", "veth", "peer", "name", "host0", "netns", place)
        _ip("-n", self.name, "link", "set", f"port{number}", "master", "switch", "up")
        for words in (("addr", "add", f"{address}/24", "dev", "host0"), ("link", "set", "host0", "up")):
            _ip("-n", place, *words)
        _ip("-n", place, "link", "set", "lo", "up")
        with self._hosts.open("a") as hosts:
            hosts.write(f"{address} {' '.join(names)}\n")
        return place, address

    @property
    def hosts(self) -> str:
        """The names of everybody on it, as /etc/hosts has them."""
        return self._hosts.read_text()

    def command(self, *command: str | Path) -> list[str]:
        """The same command, run by this machine on that network."""
        named = 'mount --bind "$0" /etc/hosts && exec "$@"'
        inside = ["nsenter", f"--net=/run/netns/{self.name}", "unshare", "--mount", "sh", "-c", named, self._hosts]
        return [str(word) for word in (*inside, *command)]

    def run(self, *command: str | Path, stdin: str = "", env: Mapping[str, str] | None = None) -> str:
        """What a command prints that is run on it; it must succeed."""
        done = subprocess.run(
            self.command(*command), input=stdin, env=env, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def _sweep() -> None:
    for line in _ip("netns", "list").splitlines():
        name = line.split()[0]
        pid = name.removeprefix(_PREFIX).partition("-")[0]
        if name.startswith(_PREFIX) and pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            _ip("netns", "del", name)


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=30).stdout
