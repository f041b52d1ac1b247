"""How a device comes in is told with commands that can be copied as they stand."""

import json
import re
import subprocess
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from rollcall_collector.identity.credentials import digest
from rollcall_collector.identity.enrollment import enroll
from rollcall_collector.identity.tokens import list_tokens
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.arrivals import list_arrivals
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.pages.enroll.view import agent_beside
from rollcall_dashboards.pages.enroll.ways import ways_of
from rollcall_wire import Inventory
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, read_page, words_of
from tests.support.require import ROOT


@pytest.mark.parametrize(
    ("command", "agent"),
    [
        ("rollcall", "rollcall-agent"),
        (".venv/bin/rollcall", ".venv/bin/rollcall-agent"),
        ("ROLLCALL_FOLDER=/srv/demo '/my programs/rollcall' --config /etc/r.toml", "'/my programs/rollcall-agent'"),
    ],
)
def test_the_agent_beside_this_program_is_called_as_it_stands_here(command: str, agent: str) -> None:
    assert agent_beside(command) == agent


def test_every_command_is_called_as_this_program_is_called_here(tmp_path: Path) -> None:
    called = "ROLLCALL_FOLDER=var/demo .venv/bin/rollcall"
    with serving(tmp_path, is_seeded=False, command=called) as served:
        words = {page: words_of(read_page(served, f"/{page}")) for page in ("enroll", "devices", "replace", "health")}

    assert f'{called} enroll-token create --site "North School" --create-site Europe/London' in words["enroll"]
    assert ".venv/bin/rollcall-agent run" in words["enroll"]
    assert f"{called} enroll-token create" in words["devices"]
    assert f"{called} roster import devices.csv --dry-run" in words["replace"]
    assert f"{called} backup" in words["health"]


def test_the_commands_name_this_server_and_its_first_school(served: Served) -> None:
    with served.engine.connect() as connection:
        first = list_sites(connection, Scope.all())[0].name

    words = words_of(read_page(served, "/enroll"))

    assert f'rollcall enroll-token create --site "{first}" --uses 30' in words
    assert f"rollcall-agent enroll {served.url}" in words
    assert "Only this computer reaches this address" in words


def test_an_administrator_gets_every_platforms_command_with_the_schools_token_and_sees_who_came_in(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, has_record=False) as served, client_of(served, "admin") as client:
        with served.engine.connect() as connection:
            site = list_sites(connection, Scope.all())[-1].name

        page = client.post("/enroll/token", data={"site": site, "uses": 40})
        told = [unescape(one) for one in re.findall(r"<pre[^>]*>(.*?)</pre>", page.text, flags=re.DOTALL)]
        policy = json.loads(told[-1])
        token = policy["token"]["Value"]
        kept = list_tokens(served.engine, Scope.all())[0]
        (again,) = re.findall(r'hx-get="([^"]*)"', page.text)
        before = words_of(client.get(unescape(again)).text)
        enrolled = enroll(
            served.engine,
            token=token,
            hardware_id="ab" * 32,
            inventory=Inventory(platform="windows", serial_number="SN-NEW", model="Latitude 3190"),
            now=seed.NOW,
        )
        after = words_of(client.get(unescape(again)).text)

        assert [one.count(token) for one in told] == [1, 1, 1, 0, 1]
        assert (kept.site_name, kept.uses_left, kept.platform) == (site, 40, None)
        assert kept.token_hash == digest(token)
        assert page.headers["cache-control"] == "no-store"
        assert "set broker.websocket_port" in page.text
        assert policy["url"] == {"Value": served.url}
        assert (
            policy.keys()
            == json.loads((ROOT / "agent/chromebook/policy.schema.json").read_text())["properties"].keys()
        )
        assert "Nobody yet." in before
        assert f"SN-NEW Latitude 3190 Windows {site} just now never" in after
        assert f'href="/devices/{enrolled.device_id}"' in client.get(unescape(again)).text


def test_the_week_s_arrivals_are_the_answer(tmp_path: Path) -> None:
    with serving(tmp_path, has_record=False) as served:
        with served.engine.connect() as connection:
            count = list_arrivals(connection, Scope.all(), since=seed.NOW - timedelta(days=7)).count
            older = list_arrivals(connection, Scope.all(), since=seed.NOW - timedelta(days=7000)).count

        heading = heading_of(read_page(served, "/enroll"))

    assert older > count
    assert heading == (f"{count} devices came in this week" if count else "A token, a command, and the device is in")


def test_who_is_no_administrator_makes_no_token(served: Served) -> None:
    before = list_tokens(served.engine, Scope.all())

    with client_of(served) as client:
        answer = client.post("/enroll/token", data={"site": "North", "uses": 1})
    words = words_of(read_page(served, "/enroll"))

    assert answer.status_code == 403
    assert list_tokens(served.engine, Scope.all()) == before
    assert "An administrator can make it here" in words


def test_the_linux_command_prepares_the_device_and_shows_its_token_to_nobody(tmp_path: Path) -> None:
    (way,) = [
        one for one in ways_of("https://r.example", "0.1.0", "a-token", has_authority=True) if "Deb" in one.platform
    ]
    (tmp_path / "ca.pem").write_text("an authority")
    (tmp_path / "programs").mkdir()
    asked = tmp_path / "asked"
    for name, words in (("sudo", f'echo "$@" >>{asked}; exec "$@"'), ("apt-get", f'echo "$@" >>{asked}')):
        (tmp_path / "programs" / name).write_text(f"#!/bin/sh\n{words}\n")
        (tmp_path / "programs" / name).chmod(0o755)

    subprocess.run(
        ["sh", "-ec", way.command.replace("/etc/", f"{tmp_path}/etc/")],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}/programs:/usr/bin:/bin"},
        timeout=60,
        check=True,
    )

    prepared = tmp_path / "etc/rollcall-agent/environment"
    assert prepared.read_text() == (
        "ROLLCALL_AGENT_URL=https://r.example\nROLLCALL_AGENT_TOKEN=a-token\n"
        f"ROLLCALL_AGENT_CA_FILE={tmp_path}/etc/rollcall-agent/ca.pem\n"
    )
    assert prepared.stat().st_mode & 0o777 == 0o600
    assert prepared.with_name("ca.pem").read_text() == "an authority"
    assert "install -y ./rollcall-agent_0.1.0_*.deb" in asked.read_text()
    assert "a-token" not in asked.read_text()
