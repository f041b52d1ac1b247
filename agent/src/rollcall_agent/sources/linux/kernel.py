"""Counts crashes of the kernel from the records the firmware keeps, and from the kernel's own flags."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.linux.files import folders, is_forbidden, number
from rollcall_agent.sources.source import Host, Past, Source, Told

Kind = Literal["panic", "oops"]
TAINTED_BY_MACHINE_CHECK = 1 << 4
TAINTED_BY_OOPS = 1 << 7
SEEN_MAX = 200
_FIRST_LINE = re.compile(rb"^(Panic|Oops)#(\d+) ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Crash:
    """One crash record. `key` tells it from others; its text is never read beyond its first word."""

    key: str
    kind: Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Kernel:
    """Crash records that can be seen, the flags of this start, and whether the records may not be read."""

    crashes: tuple[Crash, ...]
    tainted: int | None
    is_forbidden: bool


def read(host: Host) -> Kernel:
    """The records in pstore, and those that systemd moved out of it into its archive."""
    live, archive = host.path("sys/fs/pstore"), host.path("var/lib/systemd/pstore")
    found = {crash.key: crash for one in folders(live, "dmesg-*") if (crash := _crash(one))}
    for one in folders(archive, "**/dmesg-*"):
        if crash := _crash(one):
            found[crash.key] = crash
    return Kernel(
        crashes=tuple(found.values()),
        tainted=number(host.path("proc/sys/kernel/tainted")),
        is_forbidden=is_forbidden(live) or is_forbidden(archive),
    )


def new_crashes(kernel: Kernel, mark: str | None) -> tuple[Crash, ...]:
    """Crash records never seen before. On the first look all are old: nobody knows when they were made."""
    if not mark:
        return ()
    seen = set(marked(mark).get("seen") or ())
    return tuple(crash for crash in kernel.crashes if crash.key not in seen)


def has_panicked(kernel: Kernel, mark: str | None, *, boot_id: str) -> bool:
    """Whether the run before this start ended in a panic, however often this has been looked at since."""
    is_new = any(crash.kind == "panic" for crash in new_crashes(kernel, mark))
    return is_new or marked(mark).get("panicked_before") == boot_id


def tell(kernel: Kernel, past: Past) -> Told:
    """A failure for each new record, and once a start where the kernel went on after an oops or machine check."""
    mark = past.recall("kernel")
    before = marked(mark)
    crashes = new_crashes(kernel, mark)
    panics = sum(crash.kind == "panic" for crash in crashes)
    oopses = len(crashes) - panics
    told = int(before.get("tainted", 0)) if before.get("boot") == past.boot_id else 0
    tainted = kernel.tainted or 0
    added = tainted & ~told if mark else 0
    failures = [past.failure("crash", "kernel_panic", count=panics)] if panics else []
    if oopses or added & TAINTED_BY_OOPS:
        failures.append(past.failure("crash", "kernel_oops", count=max(1, oopses)))
    if added & TAINTED_BY_MACHINE_CHECK:
        failures.append(past.failure("hardware", "machine_check"))
    seen = [*(before.get("seen") or ()), *(crash.key for crash in kernel.crashes)]
    return Told(
        failures=tuple(failures),
        mark=marking(
            boot=past.boot_id,
            tainted=tainted | told,
            seen=list(dict.fromkeys(seen))[-SEEN_MAX:],
            panicked_before=past.boot_id if panics else before.get("panicked_before"),
        ),
        missing=("kernel: reading crash records needs root",) if kernel.is_forbidden else (),
        has_found=kernel.tainted is not None,
    )


def _crash(path: Path) -> Crash | None:
    # A crash is written in parts, each a file that begins "Panic#1 Part3": the parts share kind and number. The name
    # of ramoops files repeats and the time changes when systemd moves them, so both are part of the key only as far
    # as they last: the digits of an EFI name, or the folder's name in the archive.
    try:
        with path.open("rb") as file:
            first = _FIRST_LINE.match(file.read(32))
    except OSError:
        return None
    if first is None:
        return None
    kind: Kind = "panic" if first[1] == b"Panic" else "oops"
    stamp = re.search(r"-(\d{10})\d*$", path.name) or re.search(r"(\d{10})", path.parent.name)
    when = stamp[1] if stamp else str(int(path.stat().st_mtime))
    return Crash(key=f"{kind}-{first[2].decode()}-{when}", kind=kind)


SOURCE = Source(name="kernel", rhythm="vitals", needs="root for crash records", read=read, tell=tell)
