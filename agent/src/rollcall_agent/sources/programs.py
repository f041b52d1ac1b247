"""Runs one of the system's own programs for a moment, with a time limit, and hands back what it printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

OUTPUT_BYTES_MAX = 1 << 20
"""More than this of a program's output is not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """A program's exit status and its output, decoded as UTF-8 with what is none replaced."""

    status: int
    output: str


class Run(Protocol):
    """Runs a system program; None where it is not installed, may not run, or takes too long."""

    def __call__(self, argv: Sequence[str], *, seconds: float = 20.0) -> Ran | None:
        """The program's exit status and output."""


def run_in(surroundings: Mapping[str, str]) -> Run:
    """A way to run programs in these surroundings: where they are found, that they speak English without colours.

    A program gets no input, and its errors are dropped: only what it prints is read.
    """

    def run(argv: Sequence[str], *, seconds: float = 20.0) -> Ran | None:
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
        except (OSError, subprocess.TimeoutExpired):
            return None
        return Ran(status=done.returncode, output=done.stdout[:OUTPUT_BYTES_MAX].decode(errors="replace"))

    return run
