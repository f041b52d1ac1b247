"""A bridge with thousands of make-believe iPads, and the collector's web server as a program that may be killed."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, func, select

from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.tables import devices
from rollcall_wire import Inventory
from rollcall_wire.encoding import plain
from tests.support.identities import enroll_one, new_token
from tests.support.wait import wait_for

PATH = "/api/v1/bridges/devices"
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True, kw_only=True)
class Web:
    """`rollcall web`, running."""

    url: str
    child: subprocess.Popen[str]

    def peak_bytes(self) -> int:
        """The most memory it ever held at once."""
        found = _PEAK.search(Path(f"/proc/{self.child.pid}/status").read_text())
        assert found is not None
        return int(found[1]) * 1024

    def kill(self) -> None:
        """As `kill -9` does."""
        self.child.kill()
        self.child.wait(10)


def new_bridge(database_url: str, *, listed: int = 0) -> tuple[str, str]:
    """A store with a bridge in it, and so many of its iPads in the school's list. Returns its name and password."""
    engine = open_database(database_url)
    migrate(engine)
    now = datetime.now(UTC)
    token = new_token(engine, platform="ipados", now=now)
    enrolled = enroll_one(engine, hardware="b", serial=None, token=token, now=now)
    with engine.begin() as connection:
        if listed:
            rows = [
                {"device_id": f"d-listed-{n}", "serial_number": ipad(n)["serial_number"].lower()}
                for n in range(listed)
            ]
            connection.execute(devices.insert(), rows)
    engine.dispose()
    return enrolled.publisher, enrolled.password


def ipad(number: int) -> dict[str, Any]:
    """One entry of the bridge's list."""
    inventory = Inventory(
        platform="ipados",
        manufacturer="Apple",
        model="iPad (9th generation)",
        os_version="18.5",
        storage_bytes=64 * 10**9,
    )
    return {
        "serial_number": f"DMPX{number:08}",
        "hardware_keys": [f"00008030-{number:016X}"],
        "inventory": plain(inventory),
    }


def bring_all(url: str, login: tuple[str, str], count: int, *, each: int = 5_000) -> list[str]:
    """All iPads in lists of so many; returns their ids. Raises httpx.HTTPError where the server is gone."""
    found: list[str] = []
    with httpx.Client(base_url=url, auth=login, timeout=120) as client:
        for first in range(0, count, each):
            told = [ipad(number) for number in range(first, min(first + each, count))]
            answer = client.put(PATH, json={"devices": told})
            answer.raise_for_status()
            found += [one["device_id"] for one in answer.json()["devices"]]
    return found


def known_ipads(engine: Engine) -> int:
    """How many devices the store holds."""
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(devices)).scalar_one())


def kill_in_the_middle(
    server: Web, engine: Engine, login: tuple[str, str], count: int, *, each: int, kept: int
) -> int:
    """Bring all iPads, and kill the server once so many are kept. Returns how many are kept then."""
    caller = threading.Thread(target=_bring_or_break, args=(server.url, login, count, each))
    caller.start()
    wait_for(lambda: known_ipads(engine) >= kept, seconds=120, what="some of the lists")
    server.kill()
    caller.join(30)
    return known_ipads(engine)


def _bring_or_break(url: str, login: tuple[str, str], count: int, each: int) -> None:
    with suppress(httpx.HTTPError):
        bring_all(url, login, count, each=each)


@contextmanager
def web(folder: Path, database_url: str) -> Iterator[Web]:
    """The pages and the API in a process of their own; killed at the end, whatever became of it."""
    environment = os.environ | {
        "ROLLCALL_FOLDER": str(folder),
        "ROLLCALL_DATABASE": database_url,
        "ROLLCALL_WEB__PORT": "0",
        "ROLLCALL_LOG": "json",
    }
    program = Path(sys.executable).with_name("rollcall")
    with (folder / "web.log").open("ab") as log:
        child = subprocess.Popen([program, "web"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found is not None, f"{line!r}: see {folder / 'web.log'}"
        yield Web(url=found[0], child=child)
    finally:
        child.kill()
        child.wait(10)
        child.stdout.close()
