"""One day of a Chromebook in real Chromium against a real collector, lived once; each test reads what was seen of it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_agent.bridges.google.memory import hardware_key
from rollcall_collector.identity.enrollment import enroll
from rollcall_collector.identity.tokens import create_token, list_tokens
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import open_database
from rollcall_collector.store.sites import set_site
from rollcall_wire import Inventory
from tests.support.brokers.mosquitto import free_port
from tests.support.chromebooks.forced import SERIAL, Chromebook, chromebook
from tests.support.faults.going_up import Running, running_verb
from tests.support.require import require
from tests.support.wait import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.chromium, pytest.mark.mosquitto]

_SITE = "Oak School"
_STATE = """
SELECT d.device_id, d.serial_number, d.asset_tag, p.state, p.session, s.vitals, s.vitals_us,
 (SELECT count(*) FROM devices) AS devices, (SELECT sum(reports) FROM device_days) AS reports,
 (SELECT count(*) FROM boots) AS boots, (SELECT count(*) FROM refusals) AS refusals,
 (SELECT coalesce(sum(set_backs + shared), 0) FROM copies) AS copies
FROM devices d JOIN publishers p ON p.device = d.device LEFT JOIN device_states s ON s.device = d.device
"""


@dataclass
class Day:
    """What was seen, by the moment at which it was seen, and how many seconds some things took."""

    seen: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    permitted: list[str] = field(default_factory=list)
    kept: dict[str, list[str]] = field(default_factory=dict)
    uses_left: int = 0
    brought_as: str = ""
    """The id under which Google's bridge brought the device before its extension spoke."""


class School:
    """A collector with a site that has school all day, which may be killed and comes back at the same ports."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starts = 0
        web, broker, websocket = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{web}"
        self._settings = {
            "ROLLCALL_WEB__PORT": str(web),
            "ROLLCALL_BROKER__PORT": str(broker),
            "ROLLCALL_BROKER__WEBSOCKET_PORT": str(websocket),
            "ROLLCALL_BROKER__KIND": "mosquitto",
        }

    @contextmanager
    def up(self) -> Iterator[Running]:
        with running_verb(self._folder, "up", "--without-agent", settings=self._settings) as running:
            self._starts += 1  # one log for all of them
            wait_for(lambda: running.said().count("Rollcall is up") == self._starts, seconds=120, what="the start")
            yield running

    def store(self) -> Engine:
        return open_database(f"sqlite:///{self._folder / 'rollcall.sqlite3'}")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    require("mosquitto")
    folder = tmp_path_factory.mktemp("chromebook")
    with chromebook(folder / "device") as device:
        return _lived(School(folder / "up"), device)


def _lived(school: School, device: Chromebook) -> Day:
    day = Day()
    with school.up() as running:
        engine = school.store()
        token = _token(engine)
        day.brought_as = _bring(engine, school.url, device)
        device.set_policy({"url": school.url, "token": token})
        with _timed(day, "first report"):
            device.start()
            _await(engine, lambda seen: seen.vitals is not None, what="the first report")
        _note(day, engine, "begun")
        device.battery.update(charging=True, level=0.42)
        _await(engine, lambda seen: '"is_charging":true' in seen.vitals, what="a report that it charges")
        _note(day, engine, "plugged in")
        running.program.kill()
        running.program.wait(10)
    for charging in (False, True, False):
        device.set_battery(charging=charging, level=0.5)
    with school.up():
        reports = day.seen["plugged in"].reports
        _await(
            engine, lambda seen: seen.reports >= reports + 3, what="what happened without the collector", seconds=60
        )
        _note(day, engine, "collector back")
        _rest_and_return(day, engine, device)
        _close_and_open(day, engine, device)
        _let_go(day, engine, device, url=school.url)
        day.uses_left = next(one.uses_left for one in list_tokens(engine, Scope.all()) if one.platform is None)
        engine.dispose()
    day.permitted = list(device.permitted)
    return day


def _rest_and_return(day: Day, engine: Engine, device: Chromebook) -> None:
    device.stop_worker()
    _await(engine, lambda seen: seen.state == "lost", what="the last will of the worker")
    with _timed(day, "worker back"):
        _await(engine, lambda seen: seen.state == "ready", what="the worker's return", seconds=95)
    _note(day, engine, "worker back")


def _close_and_open(day: Day, engine: Engine, device: Chromebook) -> None:
    device.battery.update(charging=True, level=0.51)
    _await(engine, lambda seen: '"is_charging":true' in seen.vitals, what="a report that it charges")
    _note(day, engine, "last level")
    device.kill()
    _await(engine, lambda seen: seen.state == "lost", what="the last will of the browser")
    _note(day, engine, "closed")
    device.keep_copy("older")
    device.battery.update(level=0.83)
    device.start()
    _await(engine, lambda seen: "83.0" in seen.vitals, what="the first level after it", seconds=40)
    _note(day, engine, "opened")
    device.kill()
    _await(engine, lambda seen: seen.state == "lost", what="the last will of the browser")
    device.battery.update(level=0.84)
    device.start(profile="another")
    _await(engine, lambda seen: "84.0" in seen.vitals, what="a report of another person's profile", seconds=40)
    _note(day, engine, "another profile")
    device.kill()
    _await(engine, lambda seen: seen.state == "lost", what="the last will of the browser")
    device.battery.update(level=0.86)
    device.start(profile="older")
    _await(engine, lambda seen: "86.0" in seen.vitals, what="a report of a profile set back", seconds=40)
    _note(day, engine, "set back")


def _let_go(day: Day, engine: Engine, device: Chromebook, *, url: str) -> None:
    day.kept["with the policy"] = list(device.kept)
    device.set_policy({})
    _await(engine, lambda seen: seen.state == "disconnected", what="a goodbye", seconds=40)
    wait_for(lambda: "identity" not in device.kept, seconds=10, what="the end of the credential")
    day.kept["without the policy"] = list(device.kept)
    _note(day, engine, "let go")


def _token(engine: Engine) -> str:
    token = create_token(engine, Scope.all(), site=_SITE, zone="UTC", uses=1, now=datetime.now(UTC))
    with engine.begin() as connection:
        set_site(connection, Scope.all(), _SITE, days="1234567", opens_minute=0, closes_minute=1440)
    return token


def _bring(engine: Engine, url: str, device: Chromebook) -> str:
    """Google's bridge brings the device in, as it does before anybody signs in."""
    now = datetime.now(UTC)
    token = create_token(engine, Scope.all(), site=_SITE, platform="chromeos", now=now)
    bridge = enroll(engine, token=token, hardware_id="b" * 64, inventory=Inventory(platform="linux"), now=now)
    asked = {"serial_number": device.serial, "hardware_keys": [hardware_key(device.directory_id)]}
    answer = httpx.put(
        f"{url}/api/v1/bridges/devices", json={"devices": [asked]}, auth=(bridge.publisher, bridge.password)
    )
    return str(answer.json()["devices"][0]["device_id"])


def _read(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(sa.text(_STATE)).first()


def _await(engine: Engine, holds: Callable[[Any], bool], *, what: str, seconds: float = 30) -> None:
    def is_so() -> bool:
        seen = _read(engine)
        return seen is not None and holds(seen)

    wait_for(is_so, seconds=seconds, what=what)


def _note(day: Day, engine: Engine, moment: str) -> None:
    day.seen[moment] = _read(engine)


@contextmanager
def _timed(day: Day, what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    day.seconds[what] = time.monotonic() - began


def test_a_report_is_kept_within_fifteen_seconds_of_the_start(day: Day) -> None:
    assert day.seconds["first report"] < 15
    assert (day.seen["begun"].serial_number, day.seen["begun"].asset_tag) == (SERIAL, "CB-017")


def test_it_is_the_device_that_googles_bridge_brought(day: Day) -> None:
    assert (day.seen["begun"].device_id, day.seen["let go"].devices) == (day.brought_as, 1)


def test_plugging_in_is_told_at_once(day: Day) -> None:
    assert '"battery_level_percent":42.0,"is_charging":true,"is_plugged_in":true' in day.seen["plugged in"].vitals


def test_what_happens_while_the_collector_is_dead_is_told_when_it_is_back(day: Day) -> None:
    before, after = day.seen["plugged in"], day.seen["collector back"]

    assert after.reports == before.reports + 3
    assert '"battery_level_percent":50.0,"is_charging":false' in after.vitals


def test_a_worker_that_was_ended_at_rest_is_back_within_ninety_seconds(day: Day) -> None:
    assert day.seconds["worker back"] < 90
    assert day.seen["worker back"].session > day.seen["collector back"].session


def test_a_worker_that_comes_back_tells_nothing_twice(day: Day) -> None:
    assert day.seen["worker back"].reports == day.seen["collector back"].reports


def test_a_browser_that_is_killed_is_lost(day: Day) -> None:
    assert day.seen["closed"].state == "lost"


def test_a_browser_that_is_opened_again_is_the_same_device_and_repeats_nothing(day: Day) -> None:
    closed, opened = day.seen["closed"], day.seen["opened"]

    assert (opened.device_id, opened.devices, opened.copies) == (closed.device_id, 1, 0)
    assert opened.reports == closed.reports + 1


def test_lid_closed_and_opened_gives_two_levels_and_the_time_between_them(day: Day) -> None:
    last, first = day.seen["last level"], day.seen["opened"]

    assert '"battery_level_percent":51.0,"is_charging":true' in last.vitals
    assert '"battery_level_percent":83.0,"is_charging":true' in first.vitals
    assert 0 < first.vitals_us - last.vitals_us < 120_000_000


def test_another_persons_profile_is_the_same_device_and_no_further_use_of_the_token(day: Day) -> None:
    seen = day.seen["another profile"]

    assert (seen.devices, seen.device_id, seen.copies) == (1, day.seen["begun"].device_id, 0)
    assert day.uses_left == 0


def test_a_profile_set_back_to_an_older_copy_is_the_same_device_and_loses_and_repeats_nothing(day: Day) -> None:
    before, seen = day.seen["another profile"], day.seen["set back"]

    assert (seen.devices, seen.device_id, seen.refusals) == (1, before.device_id, 0)
    assert seen.reports == before.reports + 1


def test_a_policy_that_goes_takes_the_credential_with_it(day: Day) -> None:
    assert "identity" in day.kept["with the policy"]
    assert "identity" not in day.kept["without the policy"]
    assert day.seen["let go"].state == "disconnected"


def test_free_memory_and_the_network_are_told_in_numbers_alone(day: Day) -> None:
    told = json.loads(day.seen["let go"].vitals)

    assert told["memory_free_bytes"] > 0
    assert {type(value) for name, value in told.items() if name != "kind"} <= {int, float, bool}


def test_it_never_claims_a_start_and_nothing_of_it_was_refused(day: Day) -> None:
    assert (day.seen["let go"].boots, day.seen["let go"].refusals) == (0, 0)


def test_the_browser_gives_it_no_interface_to_what_people_look_at(day: Day) -> None:
    forbidden = {
        "bookmarks", "browsingData", "contentSettings", "cookies", "debugger", "declarativeNetRequest", "downloads",
        "fontSettings", "gcm", "history", "identity", "instanceID", "notifications", "pageCapture", "privacy", "proxy",
        "readingList", "scripting", "sessions", "tabCapture", "tabGroups", "topSites", "webNavigation", "webRequest",
    }  # fmt: skip

    assert {"alarms", "offscreen", "storage"} <= set(day.permitted)
    assert forbidden & set(day.permitted) == set()
