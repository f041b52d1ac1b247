"""The `rollcall` program itself, started with settings of a test's own in a folder of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.wait import wait_for

_END_SECONDS = 30


class Running:
    """One running verb, with everything it said so far."""

    def __init__(self, program: subprocess.Popen[bytes], log: Path) -> None:
        self.program = program
        self._log = log

    @property
    def has_ended(self) -> bool:
        return self.program.poll() is not None

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_until_it_says(self, words: str, *, seconds: float = 60) -> None:
        def says() -> bool:
            assert not self.has_ended, self.said()[-4_000:]
            return words in self.said()

        wait_for(says, seconds=seconds, what=f"{words!r}")

    def ask_to_stop(self) -> int:
        """As Ctrl-C does; the exit status."""
        self.program.send_signal(signal.SIGTERM)
        return self.program.wait(_END_SECONDS)


@contextmanager
def running_verb(folder: Path, *arguments: str, settings: Mapping[str, str]) -> Iterator[Running]:
    """A verb of `rollcall` in a process of its own; killed at the end if it still runs."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{arguments[0]}.log"
    environment = {**os.environ, "ROLLCALL_FOLDER": str(folder), "PYTHONUNBUFFERED": "1", **settings}
    command: list[str | Path] = [Path(sys.executable).with_name("rollcall"), *arguments]
    with log.open("ab") as file:
        program = subprocess.Popen(command, env=environment, stdout=file, stderr=file, cwd=folder)
    try:
        yield Running(program, log)
    finally:
        if program.poll() is None:
            program.terminate()
            try:
                program.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait(_END_SECONDS)
