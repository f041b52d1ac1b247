"""How long the nightly judging of a whole district takes from its store, and which part of it takes how long.

A SQLite store is filled with two school years of 25,000 devices: an active day, a start and a battery reading on each
of 300 days, two system versions, 1.3 incidents a device and year. ROLLCALL_BENCH=quick takes a tenth of the devices.
The price is printed beside that of merely reading the same rows with the sqlite3 module.
"""

import os
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from rollcall_collector.judge.fleet import judge_whole
from rollcall_collector.judging.batches import Progress
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.judging.one_device import judge_new_failures
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.history.fleet_history import read_fleet
from rollcall_collector.store.instants import to_day, to_us

DEVICES = 2_500 if os.environ.get("ROLLCALL_BENCH") == "quick" else 25_000
NOW = datetime(2026, 6, 15, 2, tzinfo=UTC)
DAYS, ACTIVE = 730, 300
DAY_US = 86_400_000_000
MODELS = 40


def main() -> None:
    """Fill, then judge: the whole fleet, and one device that fails."""
    folder = Path(tempfile.mkdtemp(prefix="rollcall-bench-"))
    try:
        _measure(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path) -> None:
    file = folder / "fleet.sqlite3"
    engine = open_database(f"sqlite:///{file}")
    migrate(engine)
    began = time.perf_counter()
    _fill(file)
    size = file.stat().st_size / 1e6
    print(f"store of {DEVICES:,} devices, {DAYS} days: {size:,.0f} MB, filled in {time.perf_counter() - began:.0f} s")
    floor = _read_plainly(file)
    began = time.perf_counter()
    with engine.connect() as connection:
        history = read_fleet(connection, until_day=to_day(NOW.date()) + 1)
    read = time.perf_counter() - began
    began = time.perf_counter()
    judge_whole(history)
    judged = time.perf_counter() - began
    starts = len(history.starts.device)
    del history
    began = time.perf_counter()
    summary = judge_fleet(engine, NOW, progress=_quiet())
    whole = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"reading the same rows with sqlite3 alone   {floor:7.1f} s  x1.00")
    print(f"reading the fleet's history                {read:7.1f} s  x{read / floor:.2f}")
    goal = " (goal 5 s: " + ("reached)" if judged <= 5 else "MISSED)") if DEVICES == 25_000 else ""
    print(f"judging it, {starts:,} starts{' ' * 17}{judged:7.1f} s  x{judged / floor:.2f}{goal}")
    print(
        f"all of the nightly judging                 {whole:7.1f} s  x{whole / floor:.2f}; {summary}; peak {peak:.1f} GB"
    )
    judge_new_failures(engine, NOW)
    _fail(file, device=7)
    began = time.perf_counter()
    judge_new_failures(engine, NOW + timedelta(minutes=1))
    print(f"judging one device again after a failure   {time.perf_counter() - began:7.2f} s")
    engine.dispose()


def _quiet() -> Progress:
    return lambda _what, _done, _all: None


def _fill(file: Path) -> None:
    store = sqlite3.connect(file)
    store.execute("PRAGMA synchronous=OFF")
    random = Random(1)
    today = to_day(NOW.date())
    store.execute("INSERT INTO sites (site, name, zone) VALUES (1, 'Bench', 'UTC')")
    store.executemany(
        "INSERT INTO devices (device, device_id, platform, model, site, role, purchased_on, price) "
        "VALUES (?, ?, 'windows', ?, 1, 'pupil', ?, 400)",
        (
            (number, f"d-{number:06d}", f"Model {number % MODELS}", today - 365 * (2 + number % 3))
            for number in range(1, DEVICES + 1)
        ),
    )
    active = sorted(random.sample(range(today - DAYS, today), ACTIVE))
    store.executemany(
        'INSERT INTO device_days (device, "on", reports, boots, unclean_stops, failures, to_login_seconds_max, '
        "awake_seconds, battery_level_percent_min, battery_full_wh, battery_design_wh) "
        "VALUES (?, ?, 4, 1, 0, 0, ?, 9000, 40, ?, 50)",
        _days(active),
    )
    store.executemany(
        "INSERT INTO boots (device, boot_id, booted_us, booted_on, is_day_only, source, start_kind, to_login_seconds, "
        "os_version, previous_stop, stop_cause) VALUES (?, ?, ?, ?, 0, 'bench', 'full', ?, ?, 'clean', 'user')",
        _starts(active, Random(2)),
    )
    store.executemany(
        "INSERT INTO failures (device, epoch_key, seq, channel, code, occurred_us, occurred_on, is_day_only, count, "
        "evidence) VALUES (?, 1, ?, ?, ?, ?, ?, 0, 1, '{}')",
        _failures(active, Random(3)),
    )
    store.commit()
    store.close()


def _days(active: list[int]) -> Iterator[tuple[float, ...]]:
    for device in range(1, DEVICES + 1):
        for place, on in enumerate(active):
            yield device, on, 20.0, 49.0 - 4 * place / ACTIVE


def _starts(active: list[int], random: Random) -> Iterator[tuple[object, ...]]:
    for device in range(1, DEVICES + 1):
        usual = 18 + random.random() * 6
        for on in active:
            seconds = usual * (0.8 + 0.4 * random.random())
            yield device, f"{device}-{on}", on * DAY_US + 28_800_000_000, on, seconds, f"10.{(on - active[0]) // 90}"


def _failures(active: list[int], random: Random) -> Iterator[tuple[object, ...]]:
    for device in range(1, DEVICES + 1):
        theta = random.gammavariate(1.5, 1 / 1.5)
        for seq, on in enumerate(day for day in active if random.random() < theta * 2.6 / ACTIVE):
            channel, code = ("crash", "stop_error") if random.random() < 0.7 else ("hardware", "machine_check")
            yield device, seq, channel, code, on * DAY_US + 36_000_000_000, on


def _fail(file: Path, *, device: int) -> None:
    store = sqlite3.connect(file)
    now = to_us(NOW)
    store.execute(
        "INSERT INTO failures (device, epoch_key, seq, channel, code, occurred_us, occurred_on, is_day_only, count, "
        "evidence) VALUES (?, 2, 1, 'crash', 'stop_error', ?, ?, 0, 1, '{}')",
        (device, now, now // DAY_US),
    )
    store.commit()
    store.close()


def _read_plainly(file: Path) -> float:
    store = sqlite3.connect(file)
    began = time.perf_counter()
    for query in (
        'SELECT device, "on", battery_full_wh, battery_design_wh FROM device_days',
        "SELECT device, booted_on, booted_us, to_login_seconds, os_version FROM boots",
        "SELECT device, channel, occurred_on, occurred_us FROM failures",
    ):
        found = store.execute(query)
        while found.fetchmany(20_000):
            pass
    store.close()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
