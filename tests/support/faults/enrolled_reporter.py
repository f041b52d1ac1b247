"""A device that enrolls at a school's server by TLS and reports without pause, until it is to be quiet or is killed."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.agents import ask
from tests.support.brokers.school_server import SchoolServer
from tests.support.require import ROOT

RATE = 25
"""Reports a second."""


@dataclass
class Reporter:
    """Its state folder, and who it is. Each report is one failure of its own, so that they can be counted."""

    folder: Path
    ca_file: Path | None = None
    _child: subprocess.Popen[bytes] | None = None

    @property
    def publisher(self) -> str:
        """The name under which it speaks."""
        return str(self._identity()["publisher"])

    @property
    def log(self) -> str:
        """What its courier said."""
        return (self.folder / "log").read_text(errors="replace")

    @property
    def told(self) -> int:
        """How many reports it ever numbered."""
        return int(self._ask("SELECT next_seq - 1 FROM numbering"))

    @property
    def waiting(self) -> int:
        """How many of them nobody acknowledged yet."""
        return int(self._ask("SELECT count(*) FROM reports"))

    def start(self) -> None:
        """Report, and deliver."""
        found = self._identity()
        told = [self.folder, found["broker_host"], found["broker_port"], found["publisher"], found["password"], RATE]
        if self.ca_file is not None:
            told.append(self.ca_file)
        command = [sys.executable, "-m", "tests.support.faults.reporting_agent", *map(str, told)]
        with (self.folder / "log").open("a") as log:
            self._child = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def kill(self) -> None:
        """As a power cut does."""
        if self._child is not None:
            self._child.kill()
            self._child.wait(10)

    def be_quiet(self) -> None:
        """Report nothing new, and go on delivering."""
        (self.folder / "quiet").touch()

    def _identity(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "identity.json").read_text())
        return found

    def _ask(self, query: str) -> int:
        with closing(sqlite3.connect(self.folder / "outbox.sqlite3", timeout=60)) as outbox:
            return int(outbox.execute(query).fetchone()[0])


@contextmanager
def reporter(folder: Path, server: SchoolServer) -> Iterator[Reporter]:
    """Enrolled and started; killed at the end."""
    enrolled = ask(
        "enroll", folder, server.url, "--ca-file", str(server.ca_file), "--token-file", "-", stdin=server.token
    )
    assert enrolled.returncode == 0, enrolled.stderr
    one = Reporter(folder, server.ca_file)
    one.start()
    try:
        yield one
    finally:
        one.kill()
