"""A thousand make-believe devices with a backlog that all connect at one word, in a process of their own.

Usage: python -m tests.support.fleets.storming_fleet FOLDER URL TOKEN_FILE DEVICES
Prints a line of JSON when everybody is enrolled and has its backlog on disk, waits for a line on standard input, then
connects all at once, and prints another line when every report is acknowledged.
"""

import json
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.known_devices import KnownDevices
from rollcall_agent.simulator.admission import Admission
from rollcall_agent.simulator.arrivals import Arrivals
from rollcall_agent.simulator.district import Plan, make_district
from rollcall_agent.simulator.fleet import Fleet
from rollcall_agent.simulator.identities import Identities, read_tokens
from rollcall_agent.simulator.openfiles import allow_open_files

LAST = date(2026, 11, 20)
BACKLOG_DAYS = 30
UNTIL = datetime(2026, 11, 21, tzinfo=UTC)
PATIENCE_SECONDS = 120.0


def storm_plan(devices: int) -> Plan:
    """Thirty days of hourly vitals, as real agents read them; they hold school days whenever the test runs."""
    first = LAST - timedelta(days=BACKLOG_DAYS)
    return Plan(seed=3, devices=devices, schools=3, carts=40, first=first, last=LAST, vitals_minutes=60)


class EndOfBacklog:
    """A real clock whose make-believe present stands still."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc_now(self) -> datetime:
        return datetime.now(UTC)

    def told_until(self) -> datetime:
        return UNTIL


class HeldFleet(Fleet):
    """Connects nobody before it is told to."""

    def __init__(self, *, clock: EndOfBacklog) -> None:
        super().__init__(clock=clock)
        self._held: list[str] = []

    def connect(self, name: str, *, at: float) -> None:
        self._held.append(name)

    def release(self) -> None:
        """Everybody now."""
        for name in self._held:
            super().connect(name, at=time.monotonic())


def main() -> None:
    """Enroll, fill, wait for the word, storm."""
    folder, url, token_file, devices = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    allow_open_files(devices * 7)
    identities, door, known = Identities(folder, url=url), Door(url), KnownDevices(folder / "devices.sqlite3")
    identities.start()
    door.start()
    known.start()
    fleet = HeldFleet(clock=EndOfBacklog())
    district = make_district(storm_plan(devices))
    admission = Admission(
        district=district, identities=identities, known=known, door=door, tokens=read_tokens(token_file)
    )
    arrivals = Arrivals(district=district, fleet=fleet, admission=admission, folder=folder)
    began = time.monotonic()
    while arrivals.enrolling:
        arrivals.step(time.monotonic())
    enrolled = time.monotonic()
    while not (arrivals.is_done and fleet.is_filled):
        arrivals.step(time.monotonic())
        fleet.turn(0.0)
    door.stop()
    _say(publishers=fleet.count, backlog=fleet.waiting, enrolling_seconds=enrolled - began)
    sys.stdin.readline()
    began = time.monotonic()
    fleet.release()
    while fleet.waiting and time.monotonic() - began < PATIENCE_SECONDS:
        fleet.turn(0.2)
    _say(seconds=time.monotonic() - began, waiting=fleet.waiting, told=fleet.told)
    fleet.stop()
    known.stop()


def _say(**told: float) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
