"""Leaves a note in its folder where a running Rollcall answers, so that other commands find it and its store.

The note is held as long as the program lives, so one that was killed is never taken for one that runs.
"""

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rollcall_collector.config import CollectorSettings

DEMO = "demo"
"""The demo's folder, below that of the settings."""
_NOTE = "running.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A Rollcall that runs now: by which verb, and where its pages answer on this machine."""

    verb: str
    url: str


@contextmanager
def noted(folder: Path, running: Running) -> Iterator[None]:
    """Say in this folder what runs. Where another says so already, its note stands: it was there first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / _NOTE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.truncate(handle, 0)
            os.write(handle, json.dumps({"verb": running.verb, "url": running.url}).encode())
        yield
    finally:
        os.close(handle)


def find_running(folder: Path) -> Running | None:
    """What runs on this folder now; None where nothing does that shows pages."""
    try:
        with (folder / _NOTE).open(encoding="utf-8") as note:
            try:
                fcntl.flock(note, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                told = json.load(note)
                return Running(verb=told["verb"], url=told["url"])
    except (OSError, ValueError, LookupError):
        return None
    return None


def store_in_use(settings: CollectorSettings) -> tuple[CollectorSettings, str | None]:
    """The settings of the store that a command is about, and a sentence for whoever may have meant another.

    Where the demo alone runs, it is the demo's store. One that is named by `database` is never left for it.
    """
    demo = settings.folder / DEMO
    if settings.database is not None or find_running(demo) is None:
        return settings, None
    if find_running(settings.folder) is not None:
        return settings, f"this is about {settings.folder}, not the demo; for the demo: ROLLCALL_FOLDER={demo}"
    return settings.model_copy(update={"folder": demo}), f"the demo runs, so this is about its store in {demo}"


def program() -> str:
    """How this command is called from here, ready to be copied: `rollcall` alone where the shell finds it."""
    here, found = Path(sys.argv[0]), shutil.which("rollcall")
    if here.name != "rollcall" or (found is not None and Path(found).resolve() == here.resolve()):
        return "rollcall"
    with contextlib.suppress(ValueError):
        here = here.absolute().relative_to(Path.cwd())
    return shlex.quote(str(here))
