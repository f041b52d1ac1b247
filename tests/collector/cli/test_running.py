"""Commands find the Rollcall that runs, the port it really took, and the store it works on."""

import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from rollcall_collector.cli import main
from rollcall_collector.cli.parts.running import Running, find_running, noted, program
from tests.support.wait import wait_for

PROGRAM = Path(sys.executable).with_name("rollcall")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROLLCALL_FOLDER", str(tmp_path / "var"))
    monkeypatch.delenv("ROLLCALL_DATABASE", raising=False)
    return tmp_path / "var"


def test_a_link_names_the_port_that_the_pages_really_took(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["people", "add", "Ms Lee", "--role", "admin"])
    capsys.readouterr()

    with noted(folder, Running(verb="up", url="http://127.0.0.1:8461")):
        main(["people", "link", "Ms Lee"])
        main(["enroll-token", "create", "--site", "Oak", "--create-site", "UTC"])
    while_it_ran = capsys.readouterr()
    main(["people", "link", "Ms Lee"])

    assert while_it_ran.out.startswith("http://127.0.0.1:8461/sign-in/")
    assert "rollcall-agent enroll http://127.0.0.1:8461" in while_it_ran.out
    assert while_it_ran.err == ""
    assert capsys.readouterr().out.startswith("http://127.0.0.1:8460/sign-in/")


def test_while_the_demo_runs_commands_are_about_its_store_and_say_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with noted(folder / "demo", Running(verb="demo", url="http://127.0.0.1:8460")):
        main(["people", "add", "Ada", "--role", "admin"])
        in_the_demo = capsys.readouterr()
        with noted(folder, Running(verb="up", url="http://127.0.0.1:8461")):
            main(["people", "list"])
        beside_it = capsys.readouterr()
    main(["people", "list"])
    afterwards = capsys.readouterr()

    assert f"the demo runs, so this is about its store in {folder / 'demo'}" in in_the_demo.err
    assert (folder / "demo" / "rollcall.sqlite3").is_file()
    assert beside_it.out == ""
    assert f"for the demo: ROLLCALL_FOLDER={folder / 'demo'}" in beside_it.err
    assert (afterwards.out, afterwards.err) == ("", "")


def test_a_note_of_a_program_that_was_killed_is_no_program_that_runs(tmp_path: Path) -> None:
    holding = (
        "import sys, pathlib\nfrom rollcall_collector.cli.parts.running import Running, noted\n"
        "with noted(pathlib.Path(sys.argv[1]), Running(verb='up', url='http://x')):\n    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()

        while_it_lived = find_running(tmp_path)
        child.kill()
        child.wait()

    assert while_it_lived == Running(verb="up", url="http://x")
    assert find_running(tmp_path) is None


def test_advice_names_the_program_as_it_is_called_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "my bin").mkdir()
    here = tmp_path / "my bin" / "rollcall"
    here.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(here)])

    monkeypatch.setenv("PATH", "/nowhere")
    elsewhere = program()
    monkeypatch.setenv("PATH", str(here.parent))

    assert elsewhere == "'my bin/rollcall'"
    assert program() == "rollcall"


@contextmanager
def _on_a_terminal(*words: str, environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The program in a session of its own whose terminal this test holds the other end of."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [PROGRAM, *words],
        env=os.environ | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=lambda: os.login_tty(theirs),  # noqa: PLW1509  # no thread runs here
    ) as child:
        try:
            yield child, ours
        finally:
            child.kill()
            os.close(ours)
            os.close(theirs)


def test_the_link_comes_last_works_and_comes_again_at_enter(tmp_path: Path) -> None:
    said = ""

    def links() -> list[str]:
        nonlocal said
        said += os.read(terminal, 65_536).decode()
        return re.findall(r"within 12 hours\): (\S+)\r\n", said)

    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        settings = {"ROLLCALL_FOLDER": str(tmp_path), "ROLLCALL_WEB__PORT": str(taken), "ROLLCALL_BROKER__PORT": "0"}
        with _on_a_terminal("up", "--without-agent", environment=settings) as (child, terminal):
            (first,) = wait_for(links, seconds=60, what="the link")
            is_last = said.rstrip().endswith(first)
            os.write(terminal, b"\n")
            again = wait_for(lambda: links()[1:], seconds=20, what="another link")[0]
            found = find_running(tmp_path)
            opened = [httpx.get(link).status_code for link in (first, again)]
            child.send_signal(signal.SIGINT)
            assert child.wait(30) == 0

    assert is_last
    assert first != again
    assert found is not None
    assert first.startswith(found.url)
    assert not first.startswith(f"http://127.0.0.1:{taken}/")
    assert opened == [200, 200]
    assert find_running(tmp_path) is None
