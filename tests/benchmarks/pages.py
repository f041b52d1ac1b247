"""How long the store takes for a page of a list of 25,000 devices, beside a bare count of them."""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, func, insert, select

from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.devices import list_devices
from rollcall_collector.store.tables import device_states, devices, sites, verdicts

COUNT = 25_000
QUERIES = {
    "worst first": DeviceQuery(),
    "by site, page 200": DeviceQuery(sort="site", page=200),
    "last heard first": DeviceQuery(sort="last_heard", is_descending=True),
    "text in the serial number": DeviceQuery(text="sn0123"),
    "one site's repairs": DeviceQuery(site="S3", verdicts=("repair",)),
}


def main() -> None:
    """The best of five for each question; the goal is 50 ms on an idle machine."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'rollcall.sqlite3'}")
        migrate(engine)
        _fill(engine)
        with engine.connect() as connection:
            bare = _best(lambda: connection.execute(select(func.count()).select_from(devices)).scalar_one())
            print(f"{'a bare count':28} {1000 * bare:7.1f} ms")
            for name, query in QUERIES.items():
                took = _best(partial(list_devices, connection, Scope.all(), query))
                print(f"{name:28} {1000 * took:7.1f} ms, {took / bare:6.1f} times a bare count")
        engine.dispose()


def _best(ask: Callable[[], object]) -> float:
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        assert ask()
        took.append(time.perf_counter() - begun)
    return min(took)


def _fill(engine: Engine) -> None:
    numbers = range(1, COUNT + 1)
    verdict = {
        "sentence": "",
        "unflagged_verdict": "healthy",
        "unflagged_sentence": "",
        "active_days": 1,
        "judged_us": 0,
    }
    with engine.begin() as connection:
        connection.execute(insert(sites), [{"site": site, "name": f"S{site}", "zone": "UTC"} for site in range(1, 21)])
        connection.execute(
            insert(devices),
            [
                {
                    "device": number,
                    "device_id": f"d-{number:012x}",
                    "serial_number": f"SN{number * 7919 % COUNT:06d}",
                    "model": f"M{number % 12}",
                    "site": 1 + number % 20,
                }
                for number in numbers
            ],
        )
        connection.execute(insert(device_states), [{"device": number, "last_heard_us": number} for number in numbers])
        rows = [
            {"device": number, "verdict": VERDICTS[number % 7], "rank": number % 7} | verdict for number in numbers
        ]
        connection.execute(insert(verdicts), rows)


if __name__ == "__main__":
    main()
