"""The night's judging is a process of its own: killed half-way, it is done again whole, and acks never wait for it."""

import math
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.cli.parts.night import night_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.credentials import hash_password
from rollcall_collector.jobs.night import NightError
from rollcall_collector.judging.fleet import LAST_JUDGED
from rollcall_collector.store.kept_settings import read_setting
from rollcall_collector.store.tables import flags, judging_runs, publishers, verdicts
from tests.support.brokers.mosquitto import free_port
from tests.support.faults.going_up import running_verb
from tests.support.faults.probing import probing, quantile
from tests.support.fleets.judged_fleet import make_school
from tests.support.identities import new_store
from tests.support.listening import device_id, enroll
from tests.support.wait import wait_for

DEVICES = 3_000
PASSWORD = "device-password"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    make_school(opened, number=DEVICES, lemons={"m007": 12.0})
    yield opened
    opened.dispose()


def _count(engine: Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def _kill_half_way(is_half_way: Callable[[], bool], parent: psutil.Process) -> None:
    def half_way() -> psutil.Process | None:
        if not is_half_way():
            return None
        return next((one for one in parent.children(recursive=True) if "night" in " ".join(one.cmdline())), None)

    found = wait_for(half_way, seconds=600, what="the night half-way")
    assert found is not None
    found.kill()


@pytest.mark.slow
def test_a_night_killed_half_way_is_made_whole_by_the_next(engine: Engine, tmp_path: Path) -> None:
    night = night_of(CollectorSettings(folder=tmp_path))
    ended: list[NightError] = []

    def judge() -> None:
        try:
            night.judge(datetime.now(UTC))
        except NightError as error:
            ended.append(error)

    first = threading.Thread(target=judge)
    first.start()
    _kill_half_way(lambda: 0 < _count(engine, verdicts) < DEVICES, psutil.Process())
    first.join(600)
    assert [one.status for one in ended] == [-9]
    assert (_count(engine, judging_runs), read_setting(engine, LAST_JUDGED)) == (0, None)

    night.judge(datetime.now(UTC))
    whole = _count(engine, verdicts), _count(engine, flags)
    night.judge(datetime.now(UTC))

    assert whole[0] == DEVICES
    assert (_count(engine, verdicts), _count(engine, flags)) == whole
    assert _count(engine, judging_runs) == 2


@pytest.mark.slow
@pytest.mark.alone
def test_acks_come_on_while_the_night_judges_and_when_it_is_killed(
    engine: Engine, tmp_path: Path, capsys: Any
) -> None:
    enroll(engine, 2, first=50_000)
    with engine.begin() as connection:
        connection.execute(publishers.update().values(secret_hash=hash_password(PASSWORD)))
    port = free_port()
    settings = {"ROLLCALL_BROKER__PORT": str(port), "ROLLCALL_WEB__PORT": "0"}

    with running_verb(tmp_path, "up", "--without-agent", settings=settings) as running:
        running.wait_until_it_says("broker.connected")
        with probing(port, [(device_id(number), PASSWORD) for number in (50_000, 50_001)]) as probes:
            _kill_half_way(lambda: "writing verdicts down" in running.said(), psutil.Process(running.program.pid))
            running.wait_until_it_says("job.failed")
            told = len(probes[0].waits())
            wait_for(lambda: len(probes[0].waits()) > told + 8, what="reports after it")
        assert not running.has_ended

    waits = [wait for one in probes for wait in one.waits()]
    with capsys.disabled():
        print(f"\nacks beside a night of {DEVICES} devices: p99 {quantile(waits, 0.99):.3f} s of {len(waits)}", end="")
    assert quantile(waits, 0.99) <= 1.0
    assert math.inf not in waits
