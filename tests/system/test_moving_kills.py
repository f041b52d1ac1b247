"""A move to PostgreSQL killed at twenty points while devices report: nothing lost, nothing twice; both stores judge alike."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.judged.judgings import print_run
from rollcall_collector.store.moving.move import come_back, move_store
from rollcall_collector.store.tables import failures
from tests.support.every_row import every_row
from tests.support.faults.killing import count, fresh_store, installation, settle
from tests.support.fleets.judged_fleet import NOW, make_school
from tests.support.identities import new_store
from tests.support.postgresql import shared_cluster
from tests.support.require import ROOT, require
from tests.support.wait import wait_for

AT_ONCE = 500
POINTS = (
    *(("copied", number) for number in (1, 1, 2, 3, 4, 5, 6, 7, 8)),
    *(("compared", number) for number in (1, 20, 60, 90)),
    *(("last changes", 1),) * 3,
    *(("ready", 1),) * 3,
    ("moved", 1),
)
"""Of one move, each try going on where the last one was killed: while rows are copied, while both stores are compared,
before and after the new store is whole, and between the two stores."""


def _move(old: str, new: str, *point: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.support.faults.mover", old, new, str(AT_ONCE), *map(str, point)]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


@pytest.mark.slow
def test_a_move_killed_at_twenty_points_while_devices_report_loses_nothing_and_counts_nothing_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require("mosquitto")
    old, new = fresh_store(tmp_path, "sqlite"), shared_cluster().fresh_database()
    engine = open_database(old)
    make_school(engine, number=60, has_starts=True)
    with engine.begin() as connection:
        connection.execute(delete(failures))  # those that agents tell are counted
    with installation(tmp_path, old, "mosquitto") as made:
        ended = [_move(old, new, *point).returncode for point in POINTS]
        last = _move(old, new)
        log = tmp_path / "collector.log"
        wait_for(lambda: b"has moved to postgresql" in log.read_bytes(), seconds=60, what="the old store's refusal")
        moved = open_database(new)
        there, here = every_row(moved), every_row(engine)
        moved.dispose()
        made.kill_collector()
        made.url = new
        made.start_collector()
        settle(made, seconds=120)
    outcome = count(made, Counter(f"killed when {what}" for what, _ in POINTS))

    with capsys.disabled():
        print(
            f"\nmove: {dict(outcome.faults)}; {last.stdout.strip()} alike; {outcome.generated} generated, "
            f"{outcome.stored} stored, {outcome.lost} lost, {outcome.twice} counted twice",
            end="",
        )
    assert ended == [-signal.SIGKILL] * 20
    assert last.returncode == 0, last.stderr
    assert there == here
    assert len(here["device_days"]) > 10_000
    assert (outcome.lost, outcome.twice, outcome.waiting, outcome.refused) == (0, 0, 0, 0)
    assert outcome.generated > 300
    engine.dispose()


@pytest.mark.slow
def test_the_old_store_and_the_new_one_judge_alike_byte_for_byte(tmp_path: Path) -> None:
    old, new = new_store(tmp_path), open_database(shared_cluster().fresh_database())
    make_school(old, lemons={"m007": 12.0, "m013": 8.0}, has_starts=True)
    judge_fleet(old, NOW)  # flags, verdicts and columns kept beside the facts move too

    move_store(old, new, lambda *_: None)
    come_back(old)
    documents = [_judged(engine) for engine in (old, new)]

    assert documents[0] == documents[1]
    assert '"verdict": "replace"' in documents[0][1]
    assert every_row(old)["flags"] == every_row(new)["flags"]
    assert every_row(old)["verdicts"] == every_row(new)["verdicts"]
    old.dispose()
    new.dispose()


def _judged(engine: Any) -> list[str]:
    """The judging that moved, and a new one, as they are printed."""
    migrate(engine)
    judge_fleet(engine, NOW)
    with engine.connect() as connection:
        return [print_run(connection, Scope.all(), run) for run in (1, 2)]
