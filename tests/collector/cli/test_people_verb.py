"""`rollcall people` does what the pages do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rollcall_collector.cli import main
from tests.support.sign_in.small_issuer import CLIENT, SECRET, small_issuer

Say = Callable[..., str]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Types a command and returns what it printed."""
    monkeypatch.setenv("ROLLCALL_FOLDER", str(tmp_path / "var"))
    monkeypatch.delenv("ROLLCALL_DATABASE", raising=False)

    def typed(*words: str, status: int = 0) -> str:
        ended = main(("people", *words))
        said = capsys.readouterr()
        assert ended == status, said
        return said.out + said.err

    return typed


def test_the_role_map_is_made_and_listed(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    file.write_bytes("Email;Role\nKim@s.example;viewer\nJörg@s.example;technician\n".encode("cp1252"))

    allowed = say("allow", "group", "it", "--role", "admin")
    say("allow", "domain", "s.example", "--role", "viewer")
    imported = say("import", str(file))
    say("disallow", "domain", "s.example")
    listed = say("map").splitlines()

    assert allowed == "whoever shows the group it is admin from the next sign-in on\n"
    assert imported == "2 addresses: 2 new or changed, 0 gone and signed out\n"
    assert [line.split()[:3] for line in listed] == [
        ["address", "jörg@s.example", "technician"],
        ["address", "kim@s.example", "viewer"],
        ["group", "it", "admin"],
    ]
    assert "there is no rule for domain 's.example'" in say("disallow", "domain", "s.example", status=2)
    assert "cannot be read" in say("import", str(tmp_path / "none.csv"), status=2)


def test_ways_in_are_looked_after(say: Say) -> None:
    say("add", "Kim", "--role", "viewer")

    emergency = say("emergency")
    reset = say("reset", "Kim")
    sessions = say("sessions", "Kim", "--end")

    assert "name:      Emergency administrator" in emergency
    assert "rollcall people link Kim" in reset
    assert sessions == "0 ended\n"
    assert "nobody here is called 'Lee'" in say("sessions", "Lee", status=2)


def test_the_provider_is_tried_from_the_settings_file_and_a_secret_that_others_can_read_is_refused(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "client.secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    with small_issuer() as issuer:
        for name, value in {
            "KIND": "openid",
            "PINNED": issuer.url,
            "CLIENT_ID": CLIENT,
            "CLIENT_SECRET_FILE": str(secret),
        }.items():
            monkeypatch.setenv(f"ROLLCALL_SIGN_IN__{name}", value)

        right = say("check")
        secret.write_text("another")
        wrong = say("check")
        secret.chmod(0o644)
        readable = say("check", status=2)

    assert "The provider knows this Rollcall, and its secret: yes" in right
    assert "and its secret: NO (client ID or client secret are not the provider's); mend it here:" in wrong
    assert f"chmod 600 {secret}" in readable
    assert SECRET not in right + wrong + readable
