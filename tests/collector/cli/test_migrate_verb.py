"""`rollcall migrate` says what it compared, what to do next and the way back; it lets no password be read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rollcall_collector.cli import main
from tests.support.every_row import ROWS, fill_every_table
from tests.support.identities import new_store
from tests.support.postgresql import shared_cluster

Say = Callable[..., str]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Types a command and returns what it printed."""
    monkeypatch.setenv("ROLLCALL_FOLDER", str(tmp_path))
    monkeypatch.delenv("ROLLCALL_DATABASE", raising=False)

    def typed(*words: str, status: int = 0) -> str:
        ended = main(words)
        said = capsys.readouterr()
        assert ended == status, said
        return said.out + said.err

    return typed


def test_a_move_prints_its_sums_and_what_to_do_next_and_can_be_taken_back(say: Say, tmp_path: Path) -> None:
    store = new_store(tmp_path)
    fill_every_table(store)
    store.dispose()
    file = tmp_path / "url"
    file.write_text(shared_cluster().fresh_database().replace("rollcall@", "rollcall:unread@") + "\n")

    said = say("migrate", "--to-file", str(file))
    refused = say("carts", "list", status=2)
    back = say("migrate", "--back")

    sites = next(line.split() for line in said.splitlines() if line.startswith("sites "))
    assert sites[1] == str(ROWS)
    assert len(sites[2]) == 16
    assert "rows stand in both stores alike. The old one was held for" in said
    assert said.splitlines()[-1].startswith("Now stop Rollcall, set database = 'postgresql+psycopg://rollcall@")
    assert "this store has moved to postgresql+psycopg://rollcall@" in refused
    assert "This store may be used again" in back
    assert "unread" not in said + refused + back
    assert "report 1" in say("quarantine", "list")


def test_a_password_on_the_command_line_and_what_is_no_database_are_refused(say: Say, tmp_path: Path) -> None:
    new_store(tmp_path).dispose()

    assert "--to-file FILE" in say("migrate", "--to", "postgresql://me:secret@db/rollcall", status=2)
    assert "write postgresql://NAME@COMPUTER/DATABASE" in say("migrate", "--to", "elsewhere", status=2)
    assert "cannot be read" in say("migrate", "--to-file", str(tmp_path / "none"), status=2)
    assert "goes on where it stood" in say("migrate", "--to", "postgresql://me@127.0.0.1:1/rollcall", status=2)
    assert "from SQLite to PostgreSQL" in say("migrate", "--to", f"sqlite:///{tmp_path}/other", status=2)
    assert "not moved anywhere" in say("migrate", "--back", status=2)
