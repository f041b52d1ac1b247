"""The verb `service` on a system that needs none, and how a device is prepared whose collector is away."""

import json
from pathlib import Path

import pytest

from rollcall_agent.enrollment import Preparation, StateFolder
from rollcall_agent.errors import ConfigError
from tests.support.agents import ask


@pytest.mark.parametrize("deed", ["install", "uninstall", "run"])
def test_a_system_without_a_service_manager_to_speak_to_says_so(tmp_path: Path, deed: str) -> None:
    told = ask("service", tmp_path, deed)

    assert told.returncode == 1
    assert "needs no word" in told.stderr


def test_how_to_enroll_is_kept_for_the_owner_alone_and_read_back(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text("a certificate")
    folder = StateFolder(tmp_path)

    folder.prepare(Preparation(url="https://rollcall.example", token="a-token", ca_file=ca_file))
    ca_file.unlink()
    found = folder.prepared()

    assert found is not None
    assert (found.url, found.token) == ("https://rollcall.example", "a-token")
    assert found.ca_file is not None
    assert found.ca_file.read_text() == "a certificate"
    assert folder.preparation_file.stat().st_mode & 0o077 == 0
    assert "a-token" not in repr(found)


def test_what_is_not_kept_or_cannot_be_read_prepares_nothing(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    nothing = folder.prepared()
    folder.preparation_file.write_text(json.dumps(["a list"]))

    assert (nothing, folder.prepared()) == (None, None)
    with pytest.raises(ConfigError, match="check the files"):
        folder.prepare(Preparation(url="x", token="y", ca_file=tmp_path / "not-there"))
