"""Where the agent lives: its state, what starts it again and waits for its word, and memory that it can spare."""

import ctypes
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from rollcall_agent.sources.system import SignOfLife

SYSTEM_STATE = Path("/var/lib/rollcall-agent")
OWN_STATE = ".local/state/rollcall-agent"
_DONT_NEED = 4
"""MADV_DONTNEED: what a private mapping of a file holds is read from the file again when it is next used."""
_LIBRARY_OF_C = ctypes.CDLL(None)


def default_state(environ: Mapping[str, str]) -> Path:
    """The system's folder for root, else one of the user's own."""
    if os.geteuid() == 0:
        return SYSTEM_STATE
    return Path(environ.get("HOME") or "/").joinpath(OWN_STATE)


def is_supervised(environ: Mapping[str, str]) -> bool:
    """Whether systemd started the agent: it starts it again when it dies."""
    return "INVOCATION_ID" in environ


def sign_of_life(environ: Mapping[str, str]) -> SignOfLife | None:
    """What feeds systemd's watchdog, by sd_notify(3): one datagram; None where nobody waits for it."""
    named = environ.get("NOTIFY_SOCKET", "")
    if not named.startswith(("/", "@")):
        return None
    address = f"\0{named[1:]}" if named.startswith("@") else named

    def live() -> None:
        # Whoever does not take it now gets the next one, minutes before it matters.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking, suppress(OSError):
            speaking.setblocking(False)  # noqa: FBT003  # the standard library's shape
            speaking.sendto(b"WATCHDOG=1", address)

    return live


def let_go(smaps: Path = Path("/proc/self/smaps")) -> None:
    """Unmap every page of a file to which this process wrote nothing. What is needed again costs a page fault each.

    Source: madvise(2), proc_pid_smaps(5).
    """
    with suppress(OSError), smaps.open() as lines:
        for start, size in list(untouched(lines)):  # known before: to go on reading would take it back again
            _LIBRARY_OF_C.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), _DONT_NEED)


def untouched(smaps: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Address and bytes of each private mapping of a file of which no page is or can become this process's own."""
    start = end = 0
    is_file = False
    for line in smaps:
        match line.split():
            case [span, rights, _offset, _device, inode, *_] if "-" in span:
                start, end = (int(one, 16) for one in span.split("-"))
                is_file = inode != "0" and rights in ("r--p", "r-xp")
            case ["Anonymous:", "0", "kB"] if is_file:
                yield start, end - start
