"""A backup is made while 200 reports a second arrive: nobody waits for it, and it comes back as one moment of the store."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rollcall_collector.store.database import open_database
from rollcall_collector.store.tables import device_days, publishers, watermarks
from tests.support.faults.flooded import HONEST, flooded_school
from tests.support.faults.killing import fresh_store
from tests.support.faults.probing import PACE_SECONDS, Probe, probing, quantile
from tests.support.require import require
from tests.support.wait import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.mosquitto]
REPORTERS = 50
A_SECOND = REPORTERS / PACE_SECONDS
PAST_DEVICES, PAST_DAYS = 2_000, 500
"""A million rows: a backup of seconds."""
WAIT_SECONDS = 2.0
PROGRAM = Path(sys.executable).with_name("rollcall")


def _keep_a_past(engine: sa.Engine) -> None:
    """Days of devices that are silent now."""
    numbers = "SELECT 1 AS n UNION ALL SELECT n + 1 FROM {name} WHERE n < {last}"
    text = (
        f"WITH RECURSIVE d AS ({numbers.format(name='d', last=PAST_DEVICES)}), "
        f"o AS ({numbers.format(name='o', last=PAST_DAYS)}) "
        'INSERT INTO device_days (device, "on", reports, boots, unclean_stops, failures) '
        "SELECT d.n + 1000, o.n, (d.n * o.n) % 97, 0, 0, 0 FROM d CROSS JOIN o"
    )
    with engine.begin() as connection:
        connection.execute(sa.text(text))


def _ask(url: str, folder: Path, *verb: str | Path) -> str:
    env = os.environ | {"ROLLCALL_DATABASE": url, "ROLLCALL_FOLDER": str(folder)}
    done = subprocess.run([PROGRAM, *verb], env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _acked(probes: Sequence[Probe]) -> dict[str, int]:
    """Up to which report each has been acknowledged by now, without a hole."""
    return {one.name: next(seq for seq in range(1, 1 << 30) if seq not in one.waited) - 1 for one in probes}


def _kept(url: str) -> tuple[dict[str, int], int, Any]:
    """Up to which report each publisher's are settled, how many reports their days count, and the past's fingerprint."""
    engine = open_database(url)
    counted, past = sa.func.sum(device_days.c.reports), device_days.c.device > 1000
    days = device_days.c
    print_of_past = [sa.func.count(), counted, sa.func.sum(days.device * days.on % 7919 * days.reports)]
    with engine.connect() as connection:
        upto = connection.execute(sa.select(publishers.c.name, watermarks.c.upto).join(watermarks)).all()
        reports = connection.execute(sa.select(counted).where(~past)).scalar_one()
        fingerprint = tuple(map(int, connection.execute(sa.select(*print_of_past).where(past)).one()))
    engine.dispose()
    return {row.name: row.upto for row in upto}, int(reports), fingerprint


def _waits(probes: Sequence[Probe], since: Mapping[str, int], until: Mapping[str, int]) -> str:
    waited = [one.waited[seq] for one in probes for seq in range(since[one.name] + 1, until[one.name] + 1)]
    assert waited, "nothing was told meanwhile"
    assert quantile(waited, 0.99) <= WAIT_SECONDS
    return f"p50 {quantile(waited, 0.5):.3f} s, p99 {quantile(waited, 0.99):.3f} s of {len(waited)} acks"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_backup_keeps_nobody_waiting_and_comes_back_as_one_moment(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if database == "postgresql":
        require("postgresql")
    url, elsewhere = fresh_store(tmp_path / "store", database), fresh_store(tmp_path / "elsewhere", database)
    with flooded_school(tmp_path / "school", "mosquitto", REPORTERS - HONEST, url=url) as school:
        _keep_a_past(school.engine)
        names = [school.credential(number) for number in range(1, REPORTERS + 1)]
        file = tmp_path / "backup"
        with probing(school.port, names) as probes:
            begun = _acked(probes)
            wait_for(lambda: min(_acked(probes).values()) >= 12, seconds=60, what="three seconds without a backup")
            before = _acked(probes)
            said: list[str] = []
            backing_up = threading.Thread(target=lambda: said.append(_ask(url, tmp_path / "school", "backup", file)))
            backing_up.start()
            wait_for(lambda: not backing_up.is_alive(), seconds=240, what="the backup")
            after = _acked(probes)
        told = {one.name: len(one.waits()) for one in probes}
        alone, beside = _waits(probes, begun, before), _waits(probes, before, after)
        now_kept, now_counted, past = _kept(url)

    _ask(elsewhere, tmp_path / "elsewhere", "restore", file, "--replace")
    kept, counted, restored_past = _kept(elsewhere)

    with capsys.disabled():
        print(
            f"\n{database}, {A_SECOND:.0f} reports a second: without a backup {alone}; beside one {beside}. {said[0].strip()}; "
            f"it holds {counted} of {now_counted} reports",
            end="",
        )
    assert now_kept == told
    assert now_counted == sum(told.values())
    assert {name: upto for name, upto in before.items() if kept[name] < upto} == {}
    assert counted == sum(kept.values())  # one moment: what is settled is also counted
    assert counted < now_counted
    assert restored_past == past
