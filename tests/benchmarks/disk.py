"""What a store takes on the disk: bytes a device and year, by what they are for, of two school years kept day by day.

On each school day a device starts, tells its vitals twice and stops; it fails three times a year. Everything is kept by
the collector's own hand, devices among each other as they come. DEVICES=25000 chooses how many: the size is linear in
them.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Connection, text

from rollcall_collector.ingest.validate import Validator
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.keeping import Keeper
from rollcall_collector.store.publishers.registry import Registry
from tests.support.listening import boot, enroll, failure, message, vitals

DEVICES = int(os.environ.get("DEVICES") or (100 if os.environ.get("ROLLCALL_BENCH") == "quick" else 1_000))
YEARS, SCHOOL_DAYS, FAILURES = 2, 190, 3
DISTRICT = 25_000
_WHAT = {"device_days": "active days", "boots": "starts", "failures": "failures"}
_SIZES = (
    "SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) FROM dbstat s LEFT JOIN sqlite_schema m ON m.name = s.name"
    " GROUP BY 1"
)
_PHASES = {
    "firmware_seconds": 4.211, "loader_seconds": 1.08, "kernel_seconds": 3.104, "userspace_seconds": 9.353,
    "start_kind": "full", "os_version": "Debian 12.8", "previous_stop": "clean", "stop_cause": "user",
}  # fmt: skip
_READINGS = {
    "is_charging": False, "battery_full_wh": 38.25, "battery_design_wh": 45.0, "battery_cycles": 212,
    "storage_wear_percent": 4.0, "media_errors": 0, "reallocated_sectors": 0, "pending_sectors": 0,
    "unsafe_stops": 11, "temperature_max_celsius": 61.5, "awake_seconds": 3600.0,
}  # fmt: skip


def main() -> None:
    """Keep two years, weigh, print."""
    folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
    try:
        file = folder / "store.sqlite3"
        engine = open_database(f"sqlite:///{file}")
        migrate(engine)
        names = enroll(engine, DEVICES)
        registry = Registry(engine)
        registry.refresh()
        validator, keeper = Validator(registry.device), Keeper(engine)
        for now, day in _days(names):
            batch = keeper.batch(to_us(now))
            for name, payload in day:
                publisher = registry.publisher(name)
                assert publisher is not None
                batch.add(publisher, validator.read(payload, publisher, to_us(now)))
            keeper.keep(batch)
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            _tell(connection)
        engine.dispose()
        size = file.stat().st_size
        print(f"{YEARS} years of {DEVICES:,} devices: {size / 1e6:,.1f} MB", end="")
        print(f"; of {DISTRICT:,}: {size / DEVICES * DISTRICT / 1e9:.2f} GB")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _days(names: list[str]) -> Iterator[tuple[datetime, list[tuple[str, bytes]]]]:
    """Each school day's instant and what every device says on it."""
    random, epochs = Random(1), {name: f"{nth:016x}" for nth, name in enumerate(names)}
    seqs = dict.fromkeys(names, 0)
    first = datetime.now(UTC).replace(hour=8, minute=0) - timedelta(days=YEARS * 365)
    for nth in range(YEARS * SCHOOL_DAYS):
        at = first + timedelta(days=nth * 365 // SCHOOL_DAYS)
        day = []
        for name in random.sample(names, len(names)):
            starts_at = at + timedelta(seconds=random.randrange(600))
            bodies = [boot, vitals, vitals]
            if random.random() < FAILURES / SCHOOL_DAYS:
                bodies.append(failure)
            reports = [
                _report(one, name, seqs[name] + place, starts_at, random) for place, one in enumerate(bodies, 1)
            ]
            seqs[name] += len(reports)
            day.append((name, message(name, reports, epoch=epochs[name])))
        yield at + timedelta(hours=1), day


def _report(make: object, name: str, seq: int, at: datetime, random: Random) -> dict[str, object]:
    if make is boot:
        seconds = 15 + 10 * random.random()
        return boot(seq, name, at=at, boot_id=f"{random.getrandbits(64):016x}", to_login_seconds=seconds, **_PHASES)
    if make is failure:
        return failure(seq, name, at=at)
    return vitals(seq, name, at=at, battery_level_percent=random.randrange(20, 100) + 0.0, **_READINGS)


def _tell(connection: Connection) -> None:
    sizes: Counter[str] = Counter()
    for table, size in connection.execute(text(_SIZES)):
        sizes[_WHAT.get(table, "the rest")] += size
    print(f"bytes a device and year of {SCHOOL_DAYS} school days, a start on each, {FAILURES} failures:")
    for what, size in sizes.most_common():
        print(f"  {what:<14}{size / DEVICES / YEARS:>10,.0f}  {size / sizes.total():6.1%}")
    print(f"  {'all':<14}{sizes.total() / DEVICES / YEARS:>10,.0f}")
