"""How a device comes in is told with commands that can be copied as they stand."""

from pathlib import Path

import pytest

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.pages.enroll.view import agent_beside
from tests.support.browsing import Served, serving
from tests.support.reading import read_page, words_of


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
