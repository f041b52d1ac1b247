"""Runs one of the system's own programs for a moment, with a time limit, and hands back what it printed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Protocol

OUTPUT_BYTES_MAX = 1 << 20
"""More than this of a program's output is not read."""
PARTING_SECONDS = 2.0
"""How long a program that took too long has to go: one that waits for a broken disk cannot even be killed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """A program's exit status and its output, decoded as UTF-8 with what is none replaced.

    `is_late`: the program is there, but did not end in time; its output is empty then.
    """

    status: int
    output: str
    is_late: bool = False


LATE = Ran(status=-1, output="", is_late=True)


class Run(Protocol):
    """Runs a system program; None where it is not installed or may not run, `is_late` where it takes too long."""

    def __call__(self, argv: Sequence[str], *, seconds: float = 20.0) -> Ran | None:
        """The program's exit status and output."""


def run_in(surroundings: Mapping[str, str]) -> Run:
    """A way to run programs in these surroundings: where they are found, that they speak English without colours.

    A program gets no input, and its errors are dropped: only what it prints is read. It returns in time even where
    the program hangs in the kernel: a disk that does not answer must not silence the agent. Such a program outlives
    its killing, and until it is gone no second one like it is begun.
    """
    hanging: dict[tuple[str, ...], Thread] = {}

    def run(argv: Sequence[str], *, seconds: float = 20.0) -> Ran | None:
        asked = tuple(argv)
        if asked in hanging and hanging[asked].is_alive():
            return LATE
        answers: list[Ran | None] = []
        thread = begun(lambda: answers.append(_run(asked, surroundings, seconds)), within=seconds + PARTING_SECONDS)
        if thread.is_alive():
            hanging[asked] = thread
            return LATE
        hanging.pop(asked, None)
        return answers[0]

    return run


def begun(call: Callable[[], None], *, within: float) -> Thread:
    """The thread on which the call was made: still alive where that took longer than these seconds."""
    thread = Thread(target=call, name="program", daemon=True)
    thread.start()
    thread.join(within)
    return thread


def _run(argv: Sequence[str], surroundings: Mapping[str, str], seconds: float) -> Ran | None:
    import subprocess  # noqa: PLC0415  # 1 MB that a resident agent needs a few times a day

    try:
        done = subprocess.run(  # noqa: S603  # fixed names of system programs, no shell
            argv,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return LATE
    except OSError:
        return None
    return Ran(status=done.returncode, output=done.stdout[:OUTPUT_BYTES_MAX].decode(errors="replace"))
