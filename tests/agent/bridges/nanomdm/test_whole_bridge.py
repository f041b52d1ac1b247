"""iPads from a real NanoMDM to their pages, and a bridge that is killed at twenty points: nothing lost, nothing twice."""

import json
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import httpx
import pytest
import sqlalchemy as sa

from rollcall_agent.bridges.nanomdm.asking import A_SECOND_AND_SITE_MAX
from rollcall_agent.bridges.nanomdm.memory import FILE
from tests.support.agents import PROGRAM
from tests.support.bridges.machine import BridgeMachine, beside_collector
from tests.support.ipads import posts
from tests.support.ipads.fake_nanomdm import API_KEY, fake_nanomdm
from tests.support.ipads.real_nanomdm import DM_KEY, nanomdm_program, real_nanomdm
from tests.support.require import require
from tests.support.wait import wait_for

pytestmark = [pytest.mark.mosquitto, pytest.mark.slow]


@dataclass(kw_only=True)
class School(BridgeMachine):
    """Its bridge listens for what NanoMDM posts."""

    port: int

    @property
    def webhook(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"

    def enroll_with(self, **settings: object) -> None:
        self.enroll()
        with self.engine.begin() as connection:  # always open, so that instants are exact
            connection.execute(sa.text("UPDATE sites SET days = '1234567', opens_minute = 0, closes_minute = 1440"))
        told = {"listen": f"127.0.0.1:{self.port}", **settings}
        (self.state / "nanomdm.json").write_text(json.dumps(told))
        for name, key in (("webhook.key", posts.KEY), ("dm.key", DM_KEY), ("api.key", API_KEY)):
            (self.state / name).write_text(key)
            (self.state / name).chmod(0o600)

    @contextmanager
    def bridge(self) -> Iterator[subprocess.Popen[str]]:
        with super().bridge() as running:
            wait_for(self.is_listening, seconds=40, what="the bridge")
            yield running

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """The bridge's memory takes nothing more."""
        with sqlite3.connect(self.state / FILE, isolation_level=None) as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END")
            yield
            other.execute("DROP TRIGGER full")

    def is_listening(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/", timeout=1).status_code == 404
        except httpx.HTTPError:
            return False


@pytest.fixture
def school(tmp_path: Path, free_port: int) -> Iterator[School]:
    require("mosquitto")
    program = [str(PROGRAM), "bridge", "--state", str(tmp_path / "agent")]
    with beside_collector(tmp_path) as (url, engine):
        yield School(
            folder=tmp_path,
            url=url,
            engine=engine,
            name="nanomdm",
            platform="ipados",
            program=program,
            port=free_port,
        )


def test_an_ipad_enrolled_in_a_real_nanomdm_comes_to_its_page(school: School) -> None:
    nanomdm_program()
    port = school.port + 1 if school.port < 60_000 else school.port - 1
    school.enroll_with(url=f"http://127.0.0.1:{port}", asks=True)

    with school.bridge(), real_nanomdm(school.folder / "nanomdm", port=port, bridge_port=school.port) as service:
        ipad = service.make_ipad(1)
        ipad.level, ipad.free = 0.12, 5.0
        ipad.status = {"device__power__battery_health": "service-recommended"}
        with school.full_disk():
            ipad.enroll()  # NanoMDM posts that once, and hears 503: the bridge asks who it is
            wait_for(lambda: "reason=not_kept" in school.log, seconds=40, what="a lost post")
        _until(lambda: {"DeviceInformation", "DeclarativeManagement"} <= set(ipad.asked), ipad.connect)
        level = "SELECT battery_level_percent_min FROM device_days"
        wait_for(lambda: school.ask(level) == 12, seconds=40, what="its level")
        found = "SELECT group_concat(code) FROM (SELECT code FROM failures ORDER BY code)"
        wait_for(
            lambda: school.ask(found) == "service_recommended,storage_low", seconds=40, what="what is wrong with it"
        )
        wait_for(lambda: "not kept" in school.run("--check").stdout, seconds=60, what="the count of lost posts")
        checked = school.run("--check")

    words = school.page(f"/devices/{posts.serial_of(1)}")
    assert "iPad (9th generation)" in words
    assert "cannot be known on an iPad" in words
    assert "service recommended" in words
    assert set(ipad.asked) == {"DeviceInformation", "DeclarativeManagement"}
    assert "device.power.battery-health" in ipad.subscribed
    assert checked.returncode == 0, checked.stdout
    assert "answers, and knows the key" in checked.stdout
    for secret in (posts.KEY, API_KEY, DM_KEY, "SECRET", "Maja", posts.udid_of(1)):
        assert secret not in school.log
    assert school.ask("SELECT count(*) FROM refusals") == 0


def _until(condition: Callable[[], object], step: Callable[[], None]) -> None:
    def turn() -> bool:
        step()
        return bool(condition())

    wait_for(turn, seconds=40, what="the commands")


def test_a_cart_is_asked_when_its_page_is_opened_and_the_page_says_who_answered(school: School) -> None:
    with fake_nanomdm() as service:
        school.enroll_with(url=service.url, asks=True)
        with school.bridge():
            for number in range(30):
                posts.post(school.webhook, posts.event(posts.authenticate(number), datetime.now(UTC)))
            wait_for(lambda: school.ask("SELECT count(*) FROM devices") == 30, seconds=90, what="the iPads")
            wait_for(lambda: len(service.commands) == 60, seconds=90, what="the day's question, and the invitation")
            with school.engine.begin() as connection:
                connection.execute(sa.text("INSERT INTO carts (cart, site, name) VALUES (1, 1, 'Cart B')"))
                connection.execute(sa.text("UPDATE devices SET cart = 1, site = 1"))

            before = len(service.requests)
            opened = school.page("/carts/1")
            wait_for(lambda: len(service.commands) == 90, seconds=90, what="the roll call")
            for number in range(24):
                called = service.queues[posts.udid_of(number)][-1]
                said = posts.answer(number, called["CommandUUID"])
                posts.post(school.webhook, posts.event(said, datetime.now(UTC)))
            level = "SELECT count(*) FROM device_states WHERE vitals_us IS NOT NULL"
            wait_for(lambda: school.ask(level) == 24, seconds=90, what="the levels")
            words = school.page("/carts/1")

    assert "Asked for their level now: 0 of 30 answered." in opened
    assert "Asked for their level now: 24 of 30 answered. No level is older than:" in words
    paces = [len(request) for request in service.requests[before:]]
    print(f"30 iPads called in {len(paces)} questions of at most {max(paces)}")
    assert max(paces) <= A_SECOND_AND_SITE_MAX


KILLS = 20


def test_a_bridge_killed_at_twenty_points_neither_loses_nor_repeats(school: School) -> None:
    school.enroll_with()
    random, heard, number = Random(11), 0, 0

    for _ in range(KILLS):
        with school.bridge() as running:
            for _ in range(random.randrange(2, 9)):
                number += 1
                assert _say(school, number) == 200
                heard = number
            if random.random() < 0.5:  # at rest, or in the middle of telling
                _wait_for_failures(school, min(1, heard - 1))
            running.kill()
    with school.bridge():
        _wait_for_failures(school, heard - 1)
        rounds = school.log.count("round.done")
        assert _say(school, heard) == 200  # the same count once more is no news
        wait_for(lambda: school.log.count("round.done") > rounds, seconds=40, what="another round")

    assert _counted(school) == heard - 1  # the first look at a counter is only a beginning
    assert school.ask("SELECT count(*) FROM devices") == 1
    assert school.ask("SELECT count(*) FROM refusals") == 0
    assert "Traceback" not in school.log


def _say(school: School, failures: int) -> int:
    at = datetime.now(UTC) + timedelta(milliseconds=failures)
    return posts.post(school.webhook, posts.event(posts.status(1, failures=failures), at))


def _wait_for_failures(school: School, least: int) -> None:
    wait_for(lambda: _counted(school) >= least, seconds=90, what="every report")


def _counted(school: School) -> int:
    return int(school.ask("SELECT sum(count) FROM failures") or 0)
