"""A clock that jumps by days, the server's or a device's: nothing is lost or refused, it is said, and all goes on."""

import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from rollcall_collector.store.database import open_database
from rollcall_collector.store.instants import from_day
from tests.support.agents import ask, environment, running, wait_for_log
from tests.support.brokers.mosquitto import free_port
from tests.support.brokers.school_server import PROGRAM
from tests.support.faults.going_up import Running, running_verb
from tests.support.faults.killing import (
    EmbeddedProgram,
    Installation,
    acknowledged,
    count,
    enroll_agents,
    fresh_store,
    settle,
)
from tests.support.faults.set_clock import SetClock
from tests.support.wait import wait_for

pytestmark = pytest.mark.slow
DAYS_AHEAD = (1, -1.5, 0)
"""A day forward, from there two and a half back, and right again: no step like another, each is told."""
MORE = 100
"""So many reports are acknowledged by each clock."""
JOB = "job/judging of new failures"


@contextmanager
def _up(folder: Path, port: int, more: Mapping[str, str]) -> Iterator[Running]:
    settings = {"ROLLCALL_BROKER__PORT": str(port), "ROLLCALL_WEB__PORT": str(free_port())}
    with running_verb(folder, "up", "--without-agent", settings={**settings, **more}) as one:
        one.wait_until_it_says("Rollcall is up")
        yield one


def _rows(folder: Path, query: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(folder / "rollcall.sqlite3", timeout=60)) as store:
        return store.execute(query, values).fetchall()


def _ran_at(folder: Path) -> datetime:
    """When the job that is done every minute was done last, by the server's clock."""
    ((noted_us,),) = _rows(folder, "SELECT noted_us FROM part_runs WHERE part = ?", JOB)
    return datetime.fromtimestamp(noted_us / 1e6, UTC)


def _runs_by(folder: Path, days: float) -> None:
    """Wait until that job has been done by this clock."""
    by_it = datetime.now(UTC) + timedelta(days=days)
    wait_for(lambda: abs(_ran_at(folder) - by_it) < timedelta(minutes=5), seconds=90, what=f"a job at {days:+} days")


def test_a_servers_clock_that_jumps_costs_no_report_and_keeps_no_job_waiting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, port = SetClock(tmp_path), free_port()
    url = fresh_store(tmp_path, "sqlite")
    made = Installation(folder=tmp_path, url=url, broker=EmbeddedProgram(url, port), passwords={})
    with _up(tmp_path, port, clock.surroundings) as up:
        try:
            _enroll(made)
            for jumps, days in enumerate((0, *DAYS_AHEAD)):
                clock.set(days)
                before = acknowledged(made)
                wait_for(
                    lambda before=before: acknowledged(made) > before + MORE,  # type: ignore[misc]
                    seconds=60,
                    what=f"reports at {days:+} days",
                )
                wait_for(
                    lambda jumps=jumps: up.said().count("clock.set") == jumps,  # type: ignore[misc]
                    seconds=60,
                    what=f"its word of {jumps} jumps",
                )
                _runs_by(tmp_path, days)
            settle(made, seconds=60)
        finally:
            made.stop()
        said = up.said()
    outcome = count(made, Counter(jumps=len(DAYS_AHEAD)))

    with capsys.disabled():
        print(f"\na server's clock that jumps: {outcome}", end="")
    assert (outcome.lost, outcome.twice, outcome.waiting, outcome.refused) == (0, 0, 0, 0)
    told = [line for line in said.splitlines() if "clock.set" in line]
    assert [round(int(line.partition("by='")[2].split()[0]) / 86_400, 1) for line in told] == [1, -2.5, 1.5]
    assert "NTP" in told[0]


def _enroll(made: Installation) -> None:
    engine = open_database(made.url)
    made.passwords.update(enroll_agents(engine))
    engine.dispose()
    for name in made.passwords:
        made.start_agent(name)


def test_a_devices_clock_that_jumps_costs_no_report_and_is_told_as_its_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, state = tmp_path / "server", tmp_path / "device"
    clock = SetClock(tmp_path)
    fresh_store(server, "sqlite")
    with _up(server, free_port(), {}) as up:
        url = up.said().partition("Rollcall is up: ")[2].split()[0]
        token = _token(server)
        enrolled = ask("enroll", state, url, stdin=token)
        assert enrolled.returncode == 0, enrolled.stderr
        with running(state, log_in=None, **clock.surroundings) as agent:
            wait_for_log(state, "broker.connected")
            since = datetime.now(UTC)
            for days in (0, *DAYS_AHEAD):
                clock.set(days)
                before = _settled(server)
                agent.send_signal(signal.SIGUSR1)
                by_it = (datetime.now(UTC) + timedelta(days=days)).date()
                wait_for(
                    lambda before=before, by_it=by_it: _settled(server) > before and by_it in _days(server),  # type: ignore[misc]
                    seconds=60,
                    what=f"vitals at {days:+} days",
                )
        told, waiting = _told(state)

    failed = _rows(server, "SELECT evidence FROM failures WHERE code = 'clock_reset'")
    with capsys.disabled():
        print(f"\na device's clock that jumps: {told} told, {_settled(server)} settled, {waiting} waiting", end="")
    assert (told, waiting) == (_settled(server), 0)
    assert _rows(server, "SELECT count(*) FROM refusals") == [(0,)]
    assert len(failed) == 1
    # Some of its clocks pass a midnight while this runs: noon and midnight by ours. Its start was told as it was.
    started_on = datetime.fromtimestamp(psutil.boot_time(), UTC).date()
    assert _days(server) <= {started_on} | {
        (ours + timedelta(days=days)).date() for days in (0, *DAYS_AHEAD) for ours in (since, datetime.now(UTC))
    }


def _token(folder: Path) -> str:
    made = subprocess.run(
        [PROGRAM, "enroll-token", "create", "--site", "Hill", "--create-site", "UTC", "--quiet"],
        env=environment(ROLLCALL_FOLDER=str(folder)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return made.stdout


def _told(state: Path) -> tuple[int, int]:
    """How many reports the agent ever numbered, and how many of them still wait."""
    with closing(sqlite3.connect(state / "outbox.sqlite3", timeout=60)) as outbox:
        told = outbox.execute("SELECT next_seq - 1 FROM numbering").fetchone()[0]
        return int(told), int(outbox.execute("SELECT count(*) FROM reports").fetchone()[0])


def _settled(folder: Path) -> int:
    """Up to which number the device's reports are kept; each set of the clock begins a new epoch, which goes on counting."""
    return int(_rows(folder, "SELECT coalesce(max(upto), 0) FROM watermarks")[0][0])


def _days(folder: Path) -> set[date]:
    """The days of which something is kept."""
    return {from_day(on) for (on,) in _rows(folder, 'SELECT DISTINCT "on" FROM device_days')}
