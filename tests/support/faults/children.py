"""Programs that a test starts, speaks with line by line, and never leaves behind."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.support.require import ROOT

_END_SECONDS = 20


class Child:
    """A running program that says lines of JSON."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self._running = running

    def hear(self) -> dict[str, Any]:
        """The next line it says."""
        assert self._running.stdout is not None
        line = self._running.stdout.readline()
        assert line, (
            f"{self._running.args!r} ended with {self._running.wait(_END_SECONDS)}: its log is beside its data"
        )
        heard: dict[str, Any] = json.loads(line)
        return heard

    def tell(self, line: str) -> None:
        """Say a line to it."""
        assert self._running.stdin is not None
        self._running.stdin.write(line + "\n")
        self._running.stdin.flush()

    @property
    def output(self) -> IO[str]:
        """Where it speaks, to be watched; nothing is read ahead while every line is heard."""
        assert self._running.stdout is not None
        return self._running.stdout


@contextmanager
def child(module: str, *arguments: str, log: Path) -> Iterator[Child]:
    """A module of the tests as a program; its standard input is closed at the end, which ends it."""
    with (
        log.open("w") as file,
        subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            cwd=ROOT,
        ) as running,
    ):
        try:
            yield Child(running)
        finally:
            assert running.stdin is not None
            running.stdin.close()
            try:
                running.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()
