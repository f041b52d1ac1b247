"""What every page and list costs a whole district: processor time and p95, beside those of 1,000 devices.

A SQLite store is filled with a year of facts, with carts, flags and decisions; the real app serves it. Each page is
asked once to compile it, the fleet is judged again, then comes the first view after that judging, then ROUNDS more.

DEVICES=25000,60000 chooses the sizes; ROLLCALL_BENCH=quick takes 1,000 and 2,500. BENCH_STORES names a folder in which
the filled stores stay and are found again the next time; BENCH_FOLDER only chooses another disk.
"""

import http.client
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine, select

from rollcall_collector.api.app import create_app
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.cli.parts.progress import show_progress
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.tables import devices, flags
from tests.support.browsing import services_for
from tests.support.fleets.filled_once import filled_once
from tests.support.fleets.seed import sign_in
from tests.support.fleets.whole_district import NOW, fill_district, judge

SMALL = 1_000
LARGE = 2_500 if os.environ.get("ROLLCALL_BENCH") == "quick" else 5_000
ROUNDS = int(os.environ.get("ROUNDS", "20"))
CPU_GOAL, P95_GOAL, FIRST_GOAL, MEMORY_GOAL = 50, 100, 300, 100
"""Milliseconds of processor time, of p95 and of the first view after a judging; MB more while a list is written."""
LISTS = ("/devices.csv", "/carts.csv", "/models.csv", "/audit.csv", "/replace.csv")
_PART = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Milliseconds of one page: processor time (the median), p95, the first view after a judging; its kB as sent."""

    cpu: float
    p95: float
    first: float
    size: float

    @property
    def is_held(self) -> bool:
        """Whether it keeps to the goals."""
        return self.cpu <= CPU_GOAL and self.p95 < P95_GOAL and self.first <= FIRST_GOAL


def main() -> None:
    """Every size, then each page of it beside the small one's."""
    sizes = [int(size) for size in os.environ.get("DEVICES", str(LARGE)).split(",")]
    small, _ = _measure(SMALL)
    for size in sizes:
        found, memory = _measure(size)
        _say(size, found, small, memory)


def _say(size: int, found: Mapping[str, Cost], small: Mapping[str, Cost], memory: Mapping[str, float]) -> None:
    told = f"{size:,} devices"
    print(f"\n{told:30}{'cpu ms':>9}{'p95 ms':>9}{'first ms':>10}{'kB':>8}{f'x of {SMALL:,}':>12}  goal")
    for name, cost in found.items():
        goal = "" if name in LISTS else "reached" if cost.is_held else "MISSED"
        print(
            f"{name:30}{cost.cpu:9.1f}{cost.p95:9.1f}{cost.first:10.1f}{cost.size:8.1f}"
            f"{cost.cpu / small[name].cpu:12.1f}  {goal}"
        )
    missed = [name for name, cost in found.items() if name not in LISTS and not cost.is_held]
    print(f"{len(missed)} pages of {len(found) - len(LISTS)} miss {CPU_GOAL}, {P95_GOAL} or {FIRST_GOAL} ms")
    for name, peak in memory.items():
        print(f"{name}: {peak:.0f} MB more at its peak (goal {MEMORY_GOAL})")


def _measure(size: int) -> tuple[Mapping[str, Cost], Mapping[str, float]]:
    kept = os.environ.get("BENCH_STORES")
    if kept is not None:
        return _measure_in(Path(kept), size)
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-", dir=os.environ.get("BENCH_FOLDER")) as folder:
        return _measure_in(Path(folder), size)


def _measure_in(folder: Path, size: int) -> tuple[Mapping[str, Cost], Mapping[str, float]]:
    store = filled_once(folder / f"district-{size}.sqlite3", partial(fill_district, devices=size, say=show_progress))
    engine = open_database(f"sqlite:///{store}")
    try:
        migrate(engine)
        return _ask_all(engine, size)
    finally:
        engine.dispose()


def _ask_all(engine: Engine, size: int) -> tuple[Mapping[str, Cost], Mapping[str, float]]:
    addresses = dict(addresses_of(engine))
    services = replace(services_for(engine), clock=lambda: NOW, zone="UTC")
    server = WebServer(create_app(services), host="127.0.0.1", port=0)
    who = f"Ada {time.time_ns()}"  # a store that stayed knows who asked before
    cookie = f"{COOKIE_PLAIN}={sign_in(engine, who, 'admin', NOW)}"
    server.start()
    try:
        ask = asker(server.url, cookie)
        memory = {name: _peak(partial(ask, name)) for name in LISTS}  # first, while nothing was asked for yet
        for address in addresses.values():
            ask(address)
        judge(engine, NOW - timedelta(hours=6))
        first = {name: ask(address)[1] for name, address in addresses.items()}
        found: dict[str, Cost] = {}
        for done, (name, address) in enumerate(addresses.items(), 1):
            show_progress(f"asking pages of {size:,} devices", done, len(addresses))
            asked = [ask(address) for _ in range(3 if name in LISTS else ROUNDS)]
            wall = sorted(took for _, took, _ in asked)
            found[name] = Cost(
                cpu=statistics.median(cpu for cpu, _, _ in asked),
                p95=wall[int(0.95 * (len(wall) - 1))],
                first=first[name],
                size=asked[0][2] / 1e3,
            )
        return found, memory
    finally:
        server.stop()


def asker(url: str, cookie: str) -> Callable[[str], tuple[float, float, int]]:
    """Asks an address: milliseconds of this process, in which both sides run, of the clock, and the bytes that came."""
    headers = {"cookie": cookie, "accept-encoding": "gzip"}

    def ask(address: str) -> tuple[float, float, int]:
        connection = http.client.HTTPConnection(urlsplit(url).netloc)  # one that waits for a judging would be closed
        cpu, wall = time.process_time(), time.perf_counter()
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        size = 0
        while part := answer.read(_PART):
            size += len(part)
        connection.close()
        assert answer.status == http.HTTPStatus.OK, (address, answer.status)
        return 1e3 * (time.process_time() - cpu), 1e3 * (time.perf_counter() - wall), size

    return ask


def _peak(ask: Callable[[], object]) -> float:
    """How many MB more this process holds at the most while it is asked."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = _status("VmRSS")
    ask()
    return _status("VmHWM") - before


def _status(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1e3


def addresses_of(engine: Engine) -> Iterator[tuple[str, str]]:
    """Every page and list by a name, with an address that shows something."""
    with engine.connect() as connection:
        of_all = connection.execute(select(devices.c.device_id).where(devices.c.model == "Model 0")).scalars().all()
        named = select(devices.c.device_id).join(flags, flags.c.device == devices.c.device)
        flagged = connection.execute(named.order_by(flags.c.flag)).scalars().first()
    middle = of_all[len(of_all) // 2]
    yield from {
        "Today": "/today",
        "Replace": "/replace",
        "Replace, a budget": "/replace?budget=20000",
        "Replace, another rule": "/replace?budget=20000&threshold=2",
        "Device of the largest model": f"/devices/{middle}",
        "Device with a flag": f"/devices/{flagged}",
        "Dossier": f"/devices/{flagged}/dossier",
        "Health": "/health",
        "Carts": "/carts?site=",
        "Carts of a site": "/carts?site=Site+3",
        "Carts that are short": "/carts?short=1",
        "Cart": "/carts/3",
        "Devices": "/devices",
        "Devices, page 20": "/devices?page=20",
        "Devices by name": "/devices?sort=name",
        "Devices by last heard": "/devices?sort=last_heard&down=1",
        "Devices by start": "/devices?sort=start",
        "Devices by hurt days": "/devices?sort=days",
        "Devices, a text": "/devices?text=00f",
        "Devices, a site's repairs": "/devices?site=Site+3&verdict=repair",
        "Devices that fell silent": "/devices?heard=fallen",
        "Devices on the to-do list": "/devices?flag=accepted",
        "Models": "/models",
        "Sites": "/sites",
        "Enroll": "/enroll",
        "Lists": "/import",
        "People": "/people",
        "Audit": "/audit",
        "Settings": "/settings",
        "Sign-in setup": "/settings/sign-in",
        "Account": "/account",
        "Privacy": "/privacy",
        "API": "/api",
        "API: devices": "/api/v1/devices",
        "API: flags": "/api/v1/flags",
        "API: carts": "/api/v1/carts",
        "API: health": "/api/v1/health",
        "API: plan": "/api/v1/plan?budget=20000",
        "API: models": "/api/v1/models",
    }.items()
    yield from zip(LISTS, LISTS, strict=True)


if __name__ == "__main__":
    main()
