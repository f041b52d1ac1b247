"""A whole Rollcall as a school runs it, with an authority of its own: TLS to the pages and to the broker."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.support.agents import environment
from tests.support.brokers.certificates import make_certificates
from tests.support.brokers.mosquitto import free_port
from tests.support.require import ROOT, require
from tests.support.wait import wait_for

PROGRAM = Path(sys.executable).with_name("rollcall")
ADMIN = "Ms Lee"


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolServer:
    """A server as its folder has it, the file of its authority, and a token for a few devices once it runs."""

    folder: Path
    web_port: int
    broker_port: int
    token: str = ""

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"https://localhost:{self.web_port}"

    @property
    def ca_file(self) -> Path:
        """Whom its devices trust."""
        return self.folder / "ca.pem"

    @property
    def settings(self) -> Path:
        """The file of its settings."""
        return self.folder / "rollcall.toml"

    @property
    def log(self) -> str:
        """What it said so far."""
        return (self.folder / "log").read_text(errors="replace")

    def devices(self) -> list[dict[str, Any]]:
        """Every device that is enrolled."""
        found: list[dict[str, Any]] = json.loads(self.ask("devices", "list", "--json"))["devices"]
        return found

    def ask(self, *arguments: str, is_checked: bool = True) -> str:
        """What a verb prints; it must succeed where that is checked."""
        return _run(PROGRAM, "--config", self.settings, *arguments, is_checked=is_checked)

    def page(self, address: str) -> str:
        """A page as its administrator sees it, who trusts the school's authority alone."""
        link = self.ask("people", "link", ADMIN).strip()
        visitor = (sys.executable, "-m", "tests.support.systems.visitor")
        return _run(*visitor, self.ca_file, link, address)


def laid_out(folder: Path, *, broker: str = "mosquitto", of: SchoolServer | None = None) -> SchoolServer:
    """Settings and certificates for a server that keeps its data below this folder, or for another one in its place."""
    if broker == "mosquitto":
        require("mosquitto")
    folder.mkdir(parents=True, exist_ok=True)
    if of is None:
        make_certificates(folder)
        shutil.copy(folder / "server.pem", folder / "pages.pem")
        server = SchoolServer(folder=folder, web_port=free_port(), broker_port=free_port())
    else:
        for name in ("ca.pem", "server.pem", "pages.pem", "server.key"):
            shutil.copy(of.folder / name, folder)
        server = replace(of, folder=folder, token="")
    server.settings.write_text(
        f'folder = "{folder / "var"}"\n[broker]\nkind = "{broker}"\nport = {server.broker_port}\n'
        f'public_host = "localhost"\ncertificate_file = "{folder}/server.pem"\nkey_file = "{folder}/server.key"\n'
        f'ca_file = "{server.ca_file}"\n[web]\nport = {server.web_port}\npublic_url = "{server.url}"\n'
        f'certificate_file = "{folder}/pages.pem"\nkey_file = "{folder}/server.key"\n'
    )
    return server


@contextmanager
def serving(server: SchoolServer) -> Iterator[subprocess.Popen[bytes]]:
    """Start it, and wait until it answers; its process."""
    with (server.folder / "log").open("a") as log:
        child = subprocess.Popen(
            [PROGRAM, "--config", server.settings, "up", "--without-agent"], env=environment(), stdout=log, stderr=log
        )
        try:
            ports = (server.web_port, server.broker_port)
            wait_for(lambda: _is_up(child) and all(map(_is_open, ports)), seconds=120, what="the server")
            yield child
        finally:
            child.terminate()
            child.wait(30)


@contextmanager
def school_server(folder: Path, *, broker: str = "mosquitto") -> Iterator[SchoolServer]:
    """Start it, and wait until it takes devices in."""
    server = laid_out(folder, broker=broker)
    with serving(server):
        yield replace(server, token=new_token(server))


def new_token(server: SchoolServer) -> str:
    """A token with which nine devices come in."""
    made = server.ask("enroll-token", "create", "--site", "Hill", "--create-site", "UTC", "--uses", "9", "--quiet")
    return made.strip()


def _is_up(child: subprocess.Popen[bytes]) -> bool:
    assert child.poll() is None, "the server ended: its log is beside its settings"
    return True


def _is_open(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("localhost", port)) == 0


def _run(*command: str | Path, is_checked: bool = True) -> str:
    done = subprocess.run(
        command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0 or not is_checked, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
