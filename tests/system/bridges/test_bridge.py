"""A bridge from its service to the store: three devices from one file and one line, and a district that is killed."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.bridges.machine import BridgeMachine, beside_collector
from tests.support.require import require
from tests.support.stand_ins.make_believe_bridge import list_devices
from tests.support.wait import wait_for

pytestmark = pytest.mark.mosquitto


@dataclass(kw_only=True)
class School(BridgeMachine):
    """Its service is one file."""

    @property
    def kept(self) -> int:
        return int(self.ask("SELECT sum(reports) FROM device_days") or 0)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    require("mosquitto")
    program = [sys.executable, "-m", "tests.support.stand_ins.make_believe_bridge", str(tmp_path / "agent")]
    with beside_collector(tmp_path) as (url, engine):
        yield School(folder=tmp_path, url=url, engine=engine, name="make-believe", platform="ipados", program=program)


def test_three_devices_of_a_service_come_into_the_fleet_and_are_heard(school: School) -> None:
    school.enroll()
    list_devices(school.state, 3)

    with school.bridge():
        wait_for(lambda: school.kept == 6, seconds=40, what="an inventory and vitals of each")
        with_level = "SELECT count(*) FROM devices WHERE platform = 'ipados' AND serial_number LIKE 'DMPX%'"
        assert school.ask(with_level) == 3

    assert school.ask("SELECT count(*) FROM publishers") == 1
    assert school.ask("SELECT count(*) FROM refusals") == 0
    assert "Traceback" not in school.log


def test_a_bridge_killed_in_the_middle_of_a_district_resumes_and_a_second_run_changes_nothing(school: School) -> None:
    devices = 4_500
    school.enroll()
    list_devices(school.state, devices)

    with school.bridge() as running:
        wait_for(lambda: "round.advanced" in school.log, seconds=40, what="the first batch")
        running.kill()
        running.wait(10)
    with school.bridge():
        wait_for(lambda: school.kept == 2 * devices, seconds=60, what="every report")
    rounds = school.log.count("round.done")
    ids = school.ask("SELECT max(device) FROM devices")
    with school.bridge():
        wait_for(lambda: school.log.count("round.done") > rounds, seconds=40, what="another round")

    assert school.kept == 2 * devices
    assert (
        school.ask("SELECT count(*) FROM devices") == school.ask("SELECT max(device) FROM devices") == ids == devices
    )
    assert school.ask("SELECT count(*) FROM refusals") == 0
