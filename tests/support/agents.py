"""Runs the real agent as a process of its own, in a state folder of the test's."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.wait import wait_for

PROGRAM = Path(sys.executable).with_name("rollcall-agent")


def environment(**more: str) -> dict[str, str]:
    """The surroundings without anything that the agent would take as a setting."""
    found = {name: value for name, value in os.environ.items() if not name.startswith(("ROLLCALL_", "INVOCATION"))}
    return {**found, **more}


def ask(verb: str, state: Path, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    return subprocess.run(
        [PROGRAM, verb, "--state", state, *arguments],
        env=environment(**env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def running(state: Path, *, log_in: Path | None = None, **env: str) -> Iterator[subprocess.Popen[str]]:
    """The resident agent, ended with SIGTERM; its log stands in `log` beside its state, or in another folder."""
    folder = log_in or state
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("a") as log:
        child = subprocess.Popen(
            [PROGRAM, "run", "--state", state], env=environment(**env), stdout=log, stderr=log, text=True
        )
        try:
            yield child
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(5)
                raise


def log_of(state: Path) -> str:
    return (state / "log").read_text()


def wait_for_log(state: Path, words: str, *, seconds: float = 20.0) -> None:
    wait_for(lambda: words in log_of(state), seconds=seconds, what=f"'{words}' in the agent's log")


def bodies(payloads: Iterator[bytes]) -> list[Mapping[str, object]]:
    """The bodies in these messages, in order."""
    return [report["body"] for payload in payloads for report in json.loads(payload)["reports"]]
