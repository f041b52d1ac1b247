"""Counts panics of the kernel from the reports that the system keeps: whether each is one, and nothing it says."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Host, Past, Source, Told

REPORTS = "Library/Logs/DiagnosticReports"
PANIC = "210"
"""The kind of report. 298 is memory pressure, 308 and 309 are programs, 409 a watchdog: none is a panic."""
HEAD_BYTES = 4096
SEEN_MAX = 200
_OLD = re.compile(r"^(?:Anonymous UUID|panic\(cpu \d+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Panics:
    """The panics that are kept, each by a key; and whether the folder may not be read."""

    keys: tuple[str, ...]
    is_forbidden: bool = False


def read(host: Host) -> Panics:
    """The first lines of each report. The stack behind them names programs, and is never read."""
    folder = host.path(REPORTS)
    try:
        paths = sorted(one for one in folder.iterdir() if one.suffix in {".panic", ".ips"})
    except PermissionError:
        return Panics(keys=(), is_forbidden=True)
    except OSError:
        return Panics(keys=())
    return Panics(keys=tuple(_key(one) for one in paths if is_panic(_head(one), one.name)))


def is_panic(head: str, name: str) -> bool:
    """Whether a report is of a panic: by the kind in its first line; older ones by how they begin."""
    try:
        first = json.loads(head.partition("\n")[0])
    except ValueError:
        return name.endswith(".panic") and _OLD.search(head) is not None
    return isinstance(first, dict) and str(first.get("bug_type")) == PANIC


def new_panics(panics: Panics, mark: str | None) -> int:
    """How many were never seen before. On a first look all are old: nobody knows what they ended."""
    seen = marked(mark).get("seen")
    return sum(key not in seen for key in panics.keys) if isinstance(seen, list) else 0


def has_panicked(panics: Panics, mark: str | None, *, boot_id: str) -> bool:
    """Whether the run before this start ended in a panic, however often this has been looked at since."""
    return bool(new_panics(panics, mark)) or marked(mark).get("panicked_before") == boot_id


def tell(panics: Panics, past: Past) -> Told:
    """A failure for what is new."""
    mark = past.recall("panics")
    count = new_panics(panics, mark)
    before = marked(mark)
    seen = _remembered(before.get("seen") or (), panics.keys)
    return Told(
        failures=(past.failure("crash", "kernel_panic", count=count),) if count else (),
        mark=marking(seen=seen, panicked_before=past.boot_id if count else before.get("panicked_before")),
        missing=("panics: reading the system's reports needs root",) if panics.is_forbidden else (),
        has_found=not panics.is_forbidden,
    )


def _remembered(before: Iterable[str], now: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*before, *now)))[-SEEN_MAX:]


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES).decode(errors="replace")
    except OSError:
        return ""


def _key(path: Path) -> str:
    """The instant in the report's name, which stays when the report is moved into the archive."""
    found = re.search(r"\d{4}-\d\d-\d\d-?\d{6}", path.name)
    return found[0] if found else str(int(path.stat().st_mtime))


SOURCE = Source(name="panics", rhythm="vitals", needs="root", read=read, tell=tell)
