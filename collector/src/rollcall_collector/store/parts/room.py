"""Finds out whether the store can take anything now: by writing, for a disk tells nobody before it is full."""

import errno
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.store.kept_settings import write_setting

PROBED = "room.probed_us"
NEEDED_BYTES = 1 << 20
"""With less than this free, a batch may not fit."""
_FRESH_SECONDS = 5.0


class Room:
    """Asked as often as anybody likes, it looks every few seconds. `folder` is where SQLite's file stands."""

    def __init__(self, engine: Engine, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = -_FRESH_SECONDS
        self._trouble = ""

    def trouble(self, now_us: int) -> str:
        """What keeps the store from taking anything, with the way out; empty where it takes."""
        with self._lock:
            if self._clock() - self._looked_at >= _FRESH_SECONDS:
                self._trouble = self._look(now_us)
                self._looked_at = self._clock()
            return self._trouble

    def _look(self, now_us: int) -> str:
        try:
            reserve(self._store_folder())
            write_setting(self._engine, PROBED, str(now_us))
        except (SQLAlchemyError, OSError) as error:
            return explain(error)
        return ""

    def _store_folder(self) -> Path:
        name = self._engine.url.database
        return Path(name).parent if self._engine.dialect.name == "sqlite" and name else self._folder


def reserve(folder: Path) -> None:
    """Take a megabyte of this folder's disk and give it back. Raises OSError where there is none."""
    with tempfile.TemporaryFile(dir=folder) as file:
        os.posix_fallocate(file.fileno(), 0, NEEDED_BYTES)


def explain(error: Exception) -> str:
    """What is wrong with the store's disk, in a sentence that says the way out."""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    number = error.errno if isinstance(error, OSError) else None
    if number in {errno.ENOSPC, errno.EDQUOT} or "full" in said or "No space" in said:
        return (
            "The disk is full: nothing is acknowledged, devices keep their reports. Make room; it goes on by itself."
        )
    if number == errno.EROFS or "readonly" in said or "read-only" in said:
        return "The disk is read-only: nothing is acknowledged, devices keep their reports. Repair and remount it."
    return f"The store takes nothing ({said}): devices keep their reports. See the collector's log."
