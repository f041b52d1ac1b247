"""The agent of this device is found wherever it keeps its state, and nobody replaces its password by accident."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.agents import PROGRAM, ask, environment
from tests.support.stand_ins.enrolling import ANSWER, Enrolling, enrolling

Say = Callable[..., subprocess.CompletedProcess[str]]
NAME = str(ANSWER["device_id"])


@pytest.fixture
def server() -> Iterator[Enrolling]:
    with enrolling() as one:
        yield one


@pytest.fixture
def say(tmp_path: Path) -> Say:
    """What somebody types who names no state folder, beside a `rollcall up` that keeps its own in `var`."""

    def typed(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *words],
            env=environment(HOME=str(tmp_path / "home"), ROLLCALL_FOLDER=str(tmp_path / "var")),
            input="a-token\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return typed


def test_print_and_doctor_know_the_agent_that_was_started_with_the_collector(
    say: Say, server: Enrolling, tmp_path: Path
) -> None:
    before = say("print")
    ask("enroll", tmp_path / "var" / "agent", server.url, stdin="a-token\n")

    printed, doctored = say("print"), say("doctor")

    assert "This device is not enrolled" in before.stdout
    assert f"This device is enrolled as {NAME} at {server.url}" in printed.stdout
    assert str(tmp_path / "var" / "agent") in printed.stdout
    assert "not enrolled" not in printed.stdout + doctored.stdout
    assert f"ok     identity: {NAME}, from {server.url}; its state stands in {tmp_path / 'var' / 'agent'}" in (
        doctored.stdout
    )


def test_who_is_enrolled_already_is_told_so_and_nothing_is_asked_of_the_collector(
    say: Say, server: Enrolling, tmp_path: Path
) -> None:
    state = tmp_path / "var" / "agent"
    ask("enroll", state, server.url, stdin="a-token\n")
    kept = (state / "identity.json").read_text()

    twice = [say("enroll", server.url), ask("enroll", state, server.url, stdin="a-token\n")]

    assert [one.returncode for one in twice] == [1, 1]
    assert all(f"already here as {NAME}" in one.stderr for one in twice)
    assert f"enroll {server.url} --again --state {state}" in twice[0].stderr
    assert len(server.asked) == 1
    assert (state / "identity.json").read_text() == kept


def test_again_gets_a_new_password_where_the_agent_keeps_its_state(
    say: Say, server: Enrolling, tmp_path: Path
) -> None:
    ask("enroll", tmp_path / "var" / "agent", server.url, stdin="a-token\n")
    server.answer["password"] = "another"

    again = say("enroll", server.url, "--again")

    assert again.returncode == 0, again.stderr
    assert "another" in (tmp_path / "var" / "agent" / "identity.json").read_text()


def test_enrolling_says_the_site_it_came_to(server: Enrolling, tmp_path: Path) -> None:
    silent = ask("enroll", tmp_path / "a", server.url, stdin="a-token\n")
    server.answer |= {"site": "Hill School", "token_site": "Hill School"}
    plain = ask("enroll", tmp_path / "b", server.url, stdin="a-token\n")
    server.answer["site"] = "This school"
    kept = ask("enroll", tmp_path / "c", server.url, stdin="a-token\n")

    assert silent.stdout.startswith(f"enrolled as {NAME};")
    assert plain.stdout.startswith(f"enrolled as {NAME} at Hill School;")
    assert "at This school, where it was before (the token is for Hill School: move it on its page)" in kept.stdout
    assert "site" not in (tmp_path / "b" / "identity.json").read_text()
