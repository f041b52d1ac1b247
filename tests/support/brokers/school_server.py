"""A whole Rollcall as a school runs it, with an authority of its own: TLS to the pages and to the broker."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.agents import environment
from tests.support.brokers.certificates import make_certificates
from tests.support.brokers.mosquitto import free_port
from tests.support.require import require
from tests.support.wait import wait_for

PROGRAM = Path(sys.executable).with_name("rollcall")


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolServer:
    """A server that runs, the file of its authority, and a token for a few devices."""

    url: str
    ca_file: Path
    token: str
    settings: Path

    def devices(self) -> list[dict[str, Any]]:
        """Every device that is enrolled."""
        found: list[dict[str, Any]] = json.loads(self.ask("devices", "list", "--json"))["devices"]
        return found

    def ask(self, *arguments: str) -> str:
        """What a verb prints."""
        return _run(PROGRAM, "--config", self.settings, *arguments)


@contextmanager
def school_server(folder: Path) -> Iterator[SchoolServer]:
    """Start it, and wait until it takes devices in."""
    require("mosquitto")
    web, broker = free_port(), free_port()
    ca = make_certificates(folder)
    files = f'certificate_file = "{folder}/server.pem"\nkey_file = "{folder}/server.key"\n'
    settings = folder / "rollcall.toml"
    settings.write_text(
        f'folder = "{folder / "var"}"\n[broker]\nkind = "mosquitto"\nport = {broker}\npublic_host = "localhost"\n'
        f'{files}ca_file = "{ca}"\n[web]\nport = {web}\npublic_url = "https://localhost:{web}"\n{files}'
    )
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(
            [PROGRAM, "--config", settings, "up", "--without-agent"], env=environment(), stdout=log, stderr=log
        )
        try:
            up = SchoolServer(url=f"https://localhost:{web}", ca_file=ca, token="", settings=settings)
            wait_for(lambda: _is_up(child) and all(map(_is_open, (web, broker))), seconds=120, what="the server")
            token = up.ask(
                "enroll-token", "create", "--site", "Hill", "--create-site", "UTC", "--uses", "9", "--quiet"
            )
            yield SchoolServer(url=up.url, ca_file=ca, token=token.strip(), settings=settings)
        finally:
            child.terminate()
            child.wait(30)


def _is_up(child: subprocess.Popen[bytes]) -> bool:
    assert child.poll() is None, "the server ended: its log is beside its settings"
    return True


def _is_open(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("localhost", port)) == 0


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
