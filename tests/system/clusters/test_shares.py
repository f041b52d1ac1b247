"""Four ingest processes share one fleet on PostgreSQL; whichever is killed, its devices alone wait, and nothing is lost."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

import psycopg
import pytest
from sqlalchemy import make_url

from rollcall_collector.store.parts.share import read_share
from tests.support.faults.killing import Fault, Installation, count, drive, fresh_store, installation, settle
from tests.support.wait import wait_for

pytestmark = pytest.mark.slow
SHARES = ("1/4", "2/4", "3/4", "4/4")
AGENTS = 8
SECONDS = 40.0
OUT_SECONDS = 5.0
FAULTS: tuple[Fault, ...] = ("collector",) * 8 + ("broker and collector",) * 3 + ("broker",) * 2 + ("agent",) * 2


def _kept(url: str) -> dict[str, int]:
    """How many reports of each device are kept."""
    asked = "SELECT device_id, count(f.*) FROM devices LEFT JOIN failures f USING (device) GROUP BY device_id"
    made = make_url(url)
    with closing(psycopg.connect(host=str(made.query["host"]), dbname=made.database, user=made.username)) as store:
        return dict(store.execute(asked).fetchall())


def _devices(made: Installation, share: str) -> set[str]:
    found = read_share(share)
    assert found is not None
    return {name for name in made.passwords if found.holds(name)}


def _all_grow(url: str, names: set[str], before: dict[str, int]) -> bool:
    now = _kept(url)
    return all(now[name] > before[name] for name in names)


def _ask(made: Installation, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"ROLLCALL_FOLDER": str(made.folder), "ROLLCALL_DATABASE": made.url}
    program = Path(sys.executable).with_name("rollcall")
    return subprocess.run([program, *words], env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_of_four_processes_one_killed_lets_its_own_devices_wait_and_nobody_takes_its_place_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = fresh_store(tmp_path, "postgresql")
    with installation(tmp_path, url, "mosquitto", agents=AGENTS, shares=SHARES) as made:
        mine = {share: _devices(made, share) for share in SHARES}
        wait_for(lambda: min(_kept(url).values()) > 0, seconds=120, what="the first report of every device")

        refused = _ask(made, "ingest", "--share", "2/2")
        made.kill_collector("2/4")
        time.sleep(0.5)  # what it had committed is counted
        before = _kept(url)
        others = set(made.passwords) - mine["2/4"]
        wait_for(lambda: _all_grow(url, others, before), seconds=60, what="the others' reports")
        time.sleep(OUT_SECONDS)
        meanwhile = _kept(url)
        made.start_collector("2/4")
        began = time.monotonic()
        wait_for(lambda: _all_grow(url, mine["2/4"], before), seconds=120, what="its devices' reports")
        waited = time.monotonic() - began

        doctored = _ask(made, "doctor")
        faults = drive(made, seconds=SECONDS, random=Random(14), faults=FAULTS)
        settle(made, seconds=180)
    found = count(made, faults)

    with capsys.disabled():
        print(
            f"\nfour shares: devices of a killed one were heard {waited:.1f} s after its restart; {sum(faults.values())} "
            f"faults; {found.generated} generated, {found.stored} stored, {found.waiting} waiting, {found.lost} lost, "
            f"{found.twice} counted twice",
            end="",
        )
    assert all(mine.values())
    assert refused.returncode == 2
    assert "share 2/2 is taken by 'rollcall ingest 2/4' on this computer: stop that one" in refused.stderr
    assert {name: meanwhile[name] for name in mine["2/4"]} == {name: before[name] for name in mine["2/4"]}
    assert all(f"ingest {share}: hears its devices" in doctored.stdout for share in SHARES)
    assert (found.lost, found.twice, found.waiting, found.refused) == (0, 0, 0, 0)
    assert found.generated > 1000
