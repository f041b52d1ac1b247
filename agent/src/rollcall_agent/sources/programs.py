"""Runs one of the system's own programs for a moment, with a time limit, and hands back what it printed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

OUTPUT_BYTES_MAX = 1 << 20
"""More than this of a program's output is not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """A program's exit status and its output, decoded as UTF-8 with what is none replaced."""

    status: int
    output: str


def run(argv: Sequence[str], *, seconds: float = 20.0) -> Ran | None:
    """The program's result, or None where it is not installed, may not run, or takes too long.

    It speaks English, gets no input, and its errors are dropped: only what it prints is read.
    """
    import subprocess  # noqa: PLC0415  # 1 MB that a resident agent needs a few times a day

    where = os.pathsep.join(("/usr/sbin", "/usr/bin", "/sbin", "/bin"))
    try:
        done = subprocess.run(  # noqa: S603  # fixed names of system programs, no shell
            argv,
            env={"PATH": where, "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Ran(status=done.returncode, output=done.stdout[:OUTPUT_BYTES_MAX].decode(errors="replace"))
