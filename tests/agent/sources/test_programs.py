"""A program that hangs is told apart from one that is not there, and never silences the agent."""

import threading
import time

from rollcall_agent.sources.programs import LATE, begun, run_in

run = run_in({"PATH": "/usr/bin:/bin"})


def test_what_a_program_prints_is_read() -> None:
    ran = run(("echo", "five sectors"))

    assert ran is not None
    assert (ran.status, ran.output, ran.is_late) == (0, "five sectors\n", False)


def test_a_program_that_is_not_there_is_none_and_one_that_takes_too_long_is_late() -> None:
    assert run(("no-such-program",)) is None
    assert run(("sleep", "30"), seconds=0.1) == LATE


def test_a_child_that_keeps_the_output_open_holds_nobody_up() -> None:
    began = time.monotonic()

    ran = run(("sh", "-c", "sleep 30 & sleep 30"), seconds=0.2)

    assert ran == LATE
    assert time.monotonic() - began < 20


def test_a_call_that_never_comes_back_is_left_behind_in_time() -> None:
    stuck = threading.Event()

    thread = begun(lambda: void(stuck.wait(60)), within=0.05)
    was_alive = thread.is_alive()
    stuck.set()
    thread.join(30)

    assert was_alive
    assert not thread.is_alive()


def void(_: object) -> None:
    """Nothing."""
