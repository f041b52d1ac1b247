"""One device that floods costs the others next to nothing, whichever broker carries it, and is named and cut off.

`make bench ARGS=fairness` tells the waits of a minute's flood of each kind on each broker.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.put_off import PutOff, list_put_off
from rollcall_collector.store.tables import devices, failures
from tests.support.brokers.either import BROKERS
from tests.support.faults.flooded import HONEST, FloodedSchool, Waits, flooded_school
from tests.support.faults.flooding import KINDS, flooding
from tests.support.identities import NOW
from tests.support.require import ROOT
from tests.support.wait import wait_for

WAIT_SECONDS = 1.0
ALONE = (pytest.mark.slow, pytest.mark.alone)
TEN = tuple(KINDS[number % len(KINDS)] for number in range(10))
FIRST_OF_TEN = HONEST + 1 + len(KINDS)
FLOODER = FIRST_OF_TEN + len(TEN)


@pytest.fixture(scope="module", params=BROKERS)
def school(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FloodedSchool]:
    folder = tmp_path_factory.mktemp("school")
    with flooded_school(folder, request.param, FLOODER - HONEST) as running:
        yield running


def _tell(capsys: Any, school: FloodedSchool, kinds: Sequence[str], waits: Waits) -> None:
    with capsys.disabled():
        print(f"\n{school.broker}, {len(kinds)} x {'/'.join(sorted({*kinds}))}: {waits}", end="")


@pytest.mark.parametrize("kind", [pytest.param(one, marks=ALONE) if one != "tiny" else one for one in KINDS])
def test_whatever_one_device_floods_with_no_other_waits_a_second(
    school: FloodedSchool, kind: str, capsys: Any
) -> None:
    waits = school.waits_beside([kind], 2, first=HONEST + 1 + KINDS.index(kind))

    _tell(capsys, school, [kind], waits)
    assert waits.p99 <= WAIT_SECONDS


@pytest.mark.slow
@pytest.mark.alone
def test_ten_flooding_devices_delay_no_other(school: FloodedSchool, capsys: Any) -> None:
    waits = school.waits_beside(TEN, 5, first=FIRST_OF_TEN)

    _tell(capsys, school, TEN, waits)
    assert waits.p99 <= WAIT_SECONDS


def test_who_floods_on_is_named_and_cut_off(school: FloodedSchool) -> None:
    flooder = school.credential(FLOODER)

    with flooding(school.port, [flooder], ["epochs"], 90):
        named = _wait_until_cut(school, flooder[0])

    assert named.not_read > 0


@pytest.mark.slow
@pytest.mark.parametrize("broker", BROKERS)
def test_who_flooded_is_let_in_again_and_what_its_agent_told_meanwhile_is_kept(broker: str, tmp_path: Path) -> None:
    with flooded_school(tmp_path, broker, 1) as school:
        flooder = school.credential(HONEST + 1)
        with _agent(tmp_path, school, flooder) as ledger:
            wait_for(lambda: _told(ledger, "kept"), seconds=30, what="the first facts kept")
            with flooding(school.port, [flooder], ["boots"], 90):
                named = _wait_until_cut(school, flooder[0])
            ledger.with_name(f"{ledger.name}.quiet").touch()
            wait_for(lambda: _told(ledger, "kept") == _told(ledger, "told"), seconds=180, what="every fact kept")

        kept = _failures(school, flooder[0])
        assert named.times > 0
        assert sorted(kept) == sorted(_told(ledger, "told"))


def _wait_until_cut(school: FloodedSchool, name: str) -> PutOff:
    def cut() -> PutOff | None:
        with school.engine.connect() as connection:
            found = list_put_off(connection, Scope.all(), since=NOW)
        return next((one for one in found if one.publisher == name and one.is_cut), None)

    named = wait_for(cut, seconds=80, what="the flooder cut off")
    assert named is not None
    return named


@contextmanager
def _agent(folder: Path, school: FloodedSchool, credential: tuple[str, str]) -> Iterator[Path]:
    """The real agent of the device whose credential floods; the ledger of what it told and what was acknowledged."""
    ledger = folder / "ledger"
    target = [str(folder), str(ledger), "127.0.0.1", str(school.port), *credential, school.broker]
    agent = subprocess.Popen([sys.executable, "-m", "tests.support.faults.ledgered_agent", *target], cwd=ROOT)
    try:
        yield ledger
    finally:
        agent.kill()
        agent.wait(10)


def _told(ledger: Path, word: str) -> set[int]:
    lines = (line.split() for line in ledger.read_text().splitlines()) if ledger.exists() else ()
    return {int(number) for told, number in lines if told == word}


def _failures(school: FloodedSchool, name: str) -> list[int]:
    """The serial of each failure kept of this device, as often as it is kept."""
    query = (
        sa.select(failures.c.evidence)
        .join(devices, devices.c.device == failures.c.device)
        .where(devices.c.device_id == name)
    )
    with school.engine.connect() as connection:
        return [int(json.loads(evidence)["value"]) for evidence in connection.execute(query).scalars()]
