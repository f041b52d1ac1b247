"""How a device comes in is told with commands that can be copied as they stand."""

import json
import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from rollcall_collector.identity.credentials import digest
from rollcall_collector.identity.tokens import list_tokens
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.pages.enroll.view import agent_beside
from tests.support.browsing import Served, serving
from tests.support.reading import read_page, words_of
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


def test_an_administrator_makes_the_policy_of_a_schools_chromebooks(tmp_path: Path) -> None:
    with (
        serving(tmp_path, has_record=False) as served,
        httpx.Client(base_url=served.url, cookies=served.cookie("admin")) as client,
    ):
        with served.engine.connect() as connection:
            site = list_sites(connection, Scope.all())[-1].name

        page = client.post("/enroll/chromebooks", data={"site": site, "uses": 40})
        policy = json.loads(unescape(re.findall(r"<pre[^>]*>(.*?)</pre>", page.text, flags=re.DOTALL)[0]))
        kept = list_tokens(served.engine, Scope.all())[0]

        assert (
            policy.keys()
            == json.loads((ROOT / "agent/chromebook/policy.schema.json").read_text())["properties"].keys()
        )
        assert policy["url"] == {"Value": served.url}
        assert (kept.site_name, kept.uses_left, kept.platform) == (site, 40, None)
        assert kept.token_hash == digest(policy["token"]["Value"])
        assert page.headers["cache-control"] == "no-store"
        assert "set broker.websocket_port" in page.text


def test_who_is_no_administrator_makes_no_policy(served: Served) -> None:
    before = list_tokens(served.engine, Scope.all())

    with httpx.Client(base_url=served.url, cookies=served.cookie("technician")) as client:
        answer = client.post("/enroll/chromebooks", data={"site": "North", "uses": 1})
    words = words_of(read_page(served, "/enroll"))

    assert answer.status_code == 403
    assert list_tokens(served.engine, Scope.all()) == before
    assert "An administrator can make the policy here." in words
