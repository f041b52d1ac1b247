"""Lets go of programs and libraries while the agent sleeps: Linux has them in its cache of files, to be had again."""

import ctypes
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_DONT_NEED = 4
"""MADV_DONTNEED: what a private mapping of a file holds is read from the file again when it is next used."""
_LIBRARY_OF_C = ctypes.CDLL(None)


def let_go(smaps: Path = Path("/proc/self/smaps")) -> None:
    """Unmap every page of a file to which this process wrote nothing. What is needed again costs a page fault each.

    Source: madvise(2), proc_pid_smaps(5).
    """
    with suppress(OSError), smaps.open() as lines:
        for start, size in list(untouched(lines)):  # known before: to go on reading would take it back again
            _LIBRARY_OF_C.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), _DONT_NEED)


def untouched(smaps: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Address and bytes of each private mapping of a file of which no page is this process's own."""
    start = end = 0
    is_file = False
    for line in smaps:
        match line.split():
            case [span, rights, _offset, _device, inode, *_] if "-" in span:
                start, end = (int(one, 16) for one in span.split("-"))
                is_file = inode != "0" and rights.endswith("p")
            case ["Anonymous:", "0", "kB"] if is_file:
                yield start, end - start
