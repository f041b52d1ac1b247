"""The agent itself, enrolled with a whole collector, when its state folder is an older copy or in use twice."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from rollcall_collector.identity.tokens import create_token
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.copies import find_set_backs, list_shared
from rollcall_collector.store.tables import device_days
from tests.support.agents import ask, log_of, running
from tests.support.faults.collectors import lent_collector
from tests.support.field_cases import broken, case_names, read_case
from tests.support.identities import new_store
from tests.support.wait import wait_for

pytestmark = pytest.mark.mosquitto


@dataclass(kw_only=True)
class Desk:
    """An enrolled device whose state folder has told once, a copy of that folder, and the collector's store."""

    engine: sa.Engine
    one: Path
    copy: Path

    def kept(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.sum(device_days.c.reports))).scalar_one() or 0)

    def once(self, state: Path) -> int:
        """One visit; returns how many reports more are kept after it."""
        before = self.kept()
        told = ask("once", state)
        assert "everything is kept" in told.stdout, told.stdout + told.stderr
        return self.kept() - before

    def put_back(self) -> None:
        shutil.rmtree(self.one)
        shutil.copytree(self.copy, self.one)

    def set_backs(self) -> int:
        with self.engine.connect() as connection:
            found = find_set_backs(connection, Scope.all(), 1)
        return found.count if found else 0

    def is_shared(self) -> bool:
        with self.engine.connect() as connection:
            return bool(list_shared(connection, Scope.all(), since=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    engine = new_store(tmp_path)
    token = create_token(engine, Scope.all(), site="Hill", zone="UTC", now=datetime.now(UTC))
    with lent_collector(tmp_path, str(engine.url), enrollments=2) as collector:
        made = Desk(engine=engine, one=tmp_path / "one", copy=tmp_path / "copy")
        enrolled = ask("enroll", made.one, collector["url"], stdin=token + "\n")
        assert enrolled.returncode == 0, enrolled.stderr
        assert made.once(made.one) > 0
        shutil.copytree(made.one, made.copy)
        yield made
    engine.dispose()


@pytest.mark.parametrize("name", case_names("outbox"))
def test_field(desk: Desk, name: str) -> None:
    case = read_case(name)
    desk.once(desk.one)
    if case.given["mode"] == "restore":
        desk.put_back()

    kept = desk.once(desk.copy if case.given["mode"] == "twin" else desk.one)

    assert broken(case.expected, {"kept": kept, "text": ""}) == []
    assert desk.set_backs() == 1


def test_a_lab_that_resets_at_every_start_is_counted_at_every_start(desk: Desk) -> None:
    kept = []
    for _ in range(3):
        desk.put_back()
        kept.append(desk.once(desk.one))

    assert min(kept) > 0
    assert desk.set_backs() == 2  # the first start after the copy goes on where the copy ended


def test_visits_from_a_folder_and_from_its_copy_are_both_kept(desk: Desk) -> None:
    kept = [desk.once(state) for state in (desk.one, desk.copy, desk.one, desk.copy)]

    assert min(kept) > 0
    assert desk.set_backs() == 1


@pytest.mark.slow  # it waits until both spoke in turn: seconds, or a minute
def test_two_living_agents_of_one_identity_are_named_and_do_not_fight_for_ever(desk: Desk) -> None:
    with running(desk.one), running(desk.copy):
        wait_for(desk.is_shared, seconds=120, what="the collector's notice")
        wait_for(
            lambda: "another agent speaks" in log_of(desk.one) + log_of(desk.copy), seconds=20, what="a word of it"
        )
        connections = sum(log_of(state).count("broker.connected") for state in (desk.one, desk.copy))

    assert connections < 30
