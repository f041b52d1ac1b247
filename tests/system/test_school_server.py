"""README's way to a school server, and through an upgrade, followed command by command until a second device reports."""

import json
import re
import shutil
import sqlite3
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from rollcall_collector.store.database import open_database
from tests.support.brokers.mosquitto import free_port
from tests.support.fleets.released.store import as_the_last_collector_left_it, count_rows
from tests.support.require import lacking, require
from tests.support.wait import wait_for
from tests.support.walkthrough import Walkthrough

pytestmark = [pytest.mark.slow, pytest.mark.mosquitto]
SERVER = "sudo -u rollcall /opt/rollcall/bin/rollcall --config /etc/rollcall/rollcall.toml"
STATE = "/var/lib/rollcall-agent"
AGENT = "sudo /opt/rollcall-agent/bin/rollcall-agent"


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walkthrough]:
    """A server and a second device, both as README.md makes them."""
    require("mosquitto")
    if shutil.which("openssl") is None:
        lacking("openssl is not installed here")
    one = Walkthrough(tmp_path_factory.mktemp("walked"), web_port=free_port(), broker_port=free_port())
    one.start()
    try:
        one.follow("From this machine to a school server")
        one.wait_until_up()
        yield one
    finally:
        one.stop()


@pytest.fixture
def lent(walked: Walkthrough) -> Iterator[Walkthrough]:
    """The same at rest, put back afterwards as it was."""
    walked.run("systemctl stop rollcall-agent; systemctl stop rollcall")
    kept = walked.home / "kept"
    shutil.copytree(walked.path("/var/lib"), kept)
    yield walked
    walked.run("systemctl stop rollcall-agent || true; systemctl stop rollcall || true")
    shutil.rmtree(walked.path("/var/lib"))
    kept.rename(walked.path("/var/lib"))
    walked.run("ln -sfn /opt/rollcall-0.1.0 /opt/rollcall; systemctl start rollcall; systemctl start rollcall-agent")
    walked.wait_until_up()


def _devices(walked: Walkthrough) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(walked.run(f"{SERVER} devices list --json"))["devices"]
    return found


def _page(walked: Walkthrough, address: str) -> httpx.Response:
    """A page as Ms Lee sees it, with no authority trusted but the school's own."""
    trust = ssl.create_default_context(cafile=str(walked.path("/etc/rollcall/ca.pem")))
    with httpx.Client(verify=trust, base_url=walked.url, follow_redirects=True) as browser:
        link = walked.run(f'{SERVER} people link "Ms Lee"').strip()
        assert link.startswith(f"{walked.url}/sign-in/")
        form = browser.get(link)
        action = re.search(r'<form[^>]*action="([^"]*)"', form.text)
        browser.post(action[1] if action and action[1] else link, data=dict(_FIELDS.findall(form.text)))
        return browser.get(address)


_FIELDS = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def test_a_second_device_reports_to_the_server_that_the_readme_makes(walked: Walkthrough) -> None:
    (device,) = wait_for(
        lambda: [one for one in _devices(walked) if one["last_heard_at"]],
        seconds=120,
        what="the device's first report",
    )

    checked = walked.run(f"{AGENT} doctor --state {STATE} || true")
    printed = walked.run(f"{AGENT} print --state {STATE}")
    assert device["site"] == "Hill School"
    assert "sign-in: the broker lets" in checked
    assert "its certificate is good" in checked
    assert f"enrolled as {device['device_id']} at {walked.url}" in printed


def test_the_page_gives_the_commands_with_the_servers_name_and_authority(walked: Walkthrough) -> None:
    page = _page(walked, "/enroll").text
    authority = _page(walked, "/enroll/ca.pem").text

    fingerprint = walked.run("openssl x509 -in ca.pem -noout -fingerprint -sha256").strip().partition("=")[2]
    assert f"rollcall-agent enroll {walked.url} --ca-file ca.pem" in page
    assert "127.0.0.1" not in page
    assert fingerprint in page
    assert authority == (walked.home / "ca.pem").read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
@pytest.mark.parametrize("name", ["rollcall", "rollcall-agent"])
def test_systemd_finds_nothing_wrong_with_the_units(walked: Walkthrough, tmp_path: Path, name: str) -> None:
    unit = tmp_path / f"{name}.service"
    stated = walked.path(f"/etc/systemd/system/{name}.service").read_text()
    unit.write_text(stated.replace("/opt/", f"{walked.path('/opt')}/"))

    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False, timeout=60
    )

    assert [line for line in said.stderr.splitlines() if unit.name in line] == []


def test_an_upgrade_loses_nothing_of_the_last_release_and_can_be_taken_back(lent: Walkthrough) -> None:
    lent.run(f"rm -f {STATE}/outbox.sqlite3*; {AGENT} once --state {STATE} --seconds 0.1 || true")
    waiting = _as_the_last_agent_left_it(lent.path(STATE) / "outbox.sqlite3")
    before = as_the_last_collector_left_it(lent.path("/var/lib/rollcall"))
    lent.path("/opt/rollcall-before").symlink_to("rollcall-0.1.0")

    up, device, *_ = lent.blocks("Upgrading")
    lent.run(up)
    lent.run(device)
    told = wait_for(lambda: _told(lent), seconds=120, what="what had waited")
    upgraded = _counts(lent)
    lent.run("systemctl stop rollcall-agent")
    lent.run(lent.blocks("Upgrading")[2])

    assert waiting > 0
    assert told >= waiting
    assert {name: count for name, count in upgraded.items() if count < before[name]} == {}
    assert _counts(lent) == before


def _as_the_last_agent_left_it(outbox: Path) -> int:
    """Put the outbox back into the form of release 0.1, with what waits in it; how many reports that are."""
    with closing(sqlite3.connect(outbox)) as connection:
        connection.executescript(
            "ALTER TABLE numbering ADD COLUMN epoch TEXT;"
            "UPDATE numbering SET epoch = (SELECT name FROM epochs ORDER BY first_seq DESC LIMIT 1);"
            "DROP TABLE epochs; PRAGMA user_version = 1;"
        )
        return int(connection.execute("SELECT count(*) FROM reports").fetchone()[0])


def _counts(walked: Walkthrough) -> dict[str, int]:
    engine = open_database(f"sqlite:///{walked.path('/var/lib/rollcall/rollcall.sqlite3')}")
    try:
        return count_rows(engine)
    finally:
        engine.dispose()


def _told(walked: Walkthrough) -> int:
    """How many of the device's reports are kept, once none waits any more."""
    with closing(sqlite3.connect(walked.path(STATE) / "outbox.sqlite3")) as outbox:
        if outbox.execute("SELECT count(*) FROM reports").fetchone()[0]:
            return 0
    with closing(sqlite3.connect(walked.path("/var/lib/rollcall/rollcall.sqlite3"))) as store:
        return int(store.execute("SELECT coalesce(sum(upto), 0) FROM watermarks WHERE publisher = 2").fetchone()[0])
