"""A bridge from its service to the store: three devices from one file and one line, and a district that is killed."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from rollcall_collector.identity.tokens import create_token
from rollcall_collector.model.scope import Scope
from tests.support.agents import environment
from tests.support.faults.collectors import lent_collector
from tests.support.identities import new_store
from tests.support.require import ROOT, require
from tests.support.stand_ins.make_believe_bridge import list_devices
from tests.support.wait import wait_for

pytestmark = pytest.mark.mosquitto


@dataclass(kw_only=True)
class School:
    """A collector and the machine on which the bridge runs."""

    folder: Path
    url: str
    engine: sa.Engine

    @property
    def service(self) -> Path:
        return self.folder / "agent/bridges/make-believe"

    def verb(self, *arguments: str) -> list[str]:
        module = "tests.support.stand_ins.make_believe_bridge"
        return [sys.executable, "-m", module, str(self.folder / "agent"), "make-believe", *arguments]

    def enroll(self) -> None:
        now = datetime.now(UTC)
        token = create_token(self.engine, Scope.all(), site="Hillside", zone="UTC", now=now, platform="ipados")
        subprocess.run(
            self.verb("enroll", self.url),
            cwd=ROOT, env=environment(), input=token, text=True, check=True, capture_output=True, timeout=60,
        )  # fmt: skip

    @contextmanager
    def bridge(self) -> Iterator[subprocess.Popen[str]]:
        """The bridge at work, ended with SIGTERM; its log stands beside the folder."""
        with (self.folder / "bridge.log").open("a") as log:
            running = subprocess.Popen(self.verb(), cwd=ROOT, env=environment(), stdout=log, stderr=log, text=True)
            try:
                yield running
            finally:
                running.send_signal(signal.SIGTERM)
                running.wait(20)

    @property
    def log(self) -> str:
        return (self.folder / "bridge.log").read_text()

    def count(self, query: str) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(sa.text(query)).scalar_one() or 0)

    @property
    def kept(self) -> int:
        return self.count("SELECT sum(reports) FROM device_days")


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    require("mosquitto")
    engine = new_store(tmp_path)
    with lent_collector(tmp_path, str(engine.url), enrollments=100) as told:
        yield School(folder=tmp_path, url=told["url"], engine=engine)
    engine.dispose()


def test_three_devices_of_a_service_come_into_the_fleet_and_are_heard(school: School) -> None:
    school.enroll()
    list_devices(school.service, 3)

    with school.bridge():
        wait_for(lambda: school.kept == 6, seconds=40, what="an inventory and vitals of each")
        with_level = "SELECT count(*) FROM devices WHERE platform = 'ipados' AND serial_number LIKE 'DMPX%'"
        assert school.count(with_level) == 3

    assert school.count("SELECT count(*) FROM publishers") == 1
    assert school.count("SELECT count(*) FROM refusals") == 0
    assert "Traceback" not in school.log


def test_a_bridge_killed_in_the_middle_of_a_district_resumes_and_a_second_run_changes_nothing(school: School) -> None:
    devices = 4_500
    school.enroll()
    list_devices(school.service, devices)

    with school.bridge() as running:
        wait_for(lambda: "round.advanced" in school.log, seconds=40, what="the first batch")
        running.kill()
        running.wait(10)
    with school.bridge():
        wait_for(lambda: school.kept == 2 * devices, seconds=60, what="every report")
    rounds = school.log.count("round.done")
    ids = school.count("SELECT max(device) FROM devices")
    with school.bridge():
        wait_for(lambda: school.log.count("round.done") > rounds, seconds=40, what="another round")

    assert school.kept == 2 * devices
    assert (
        school.count("SELECT count(*) FROM devices")
        == school.count("SELECT max(device) FROM devices")
        == ids
        == devices
    )
    assert school.count("SELECT count(*) FROM refusals") == 0
