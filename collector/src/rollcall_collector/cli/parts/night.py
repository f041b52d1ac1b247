"""The night's judging in a process of its own: started by the timetable with its settings on standard input."""

import ctypes
import gc
import os
import sys
import time
from contextlib import suppress

import structlog

from rollcall_collector.broker import launch
from rollcall_collector.cli.parts.judging import judge_now
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.config import CollectorSettings
from rollcall_collector.jobs.night import Night
from rollcall_collector.store.database import spare_memory

log = structlog.get_logger("rollcall.night")

_SAY_SECONDS = 30.0
_M_MMAP_THRESHOLD = -3  # malloc.h
_MAPPED_BYTES = 1 << 18


def night_of(settings: CollectorSettings) -> Night:
    """The night of these settings; its process ends with ours."""
    tied = [sys.executable, "-I", launch.__file__, str(os.getpid()), "-", "-"]
    return Night([*tied, sys.executable, "-m", __name__], settings.model_dump_json().encode())


class _Progress:
    """Says each step when it begins, and every half minute how far it is."""

    def __init__(self) -> None:
        self._said = ("", 0.0)

    def __call__(self, what: str, done: int, all_of_it: int) -> None:
        step, at = self._said
        now = time.monotonic()
        if what != step or now - at > _SAY_SECONDS:
            self._said = what, now
            log.info("night.progressed", step=what, done=done, devices=all_of_it)


def spare_the_system() -> None:
    """Have what is freed go back to the system at once, and nobody look for garbage.

    Columns come and go, and the GNU allocator would keep them. Of the fleet's objects hardly any name each other in
    circles, but each search for such looks at all of them; what there is of it ends with this process.
    """
    gc.disable()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)


def main() -> None:
    """Judge now, as the settings on standard input have it."""
    settings = CollectorSettings.model_validate_json(sys.stdin.buffer.read())
    set_up_log(settings.log)
    spare_the_system()
    with opened_store(settings) as engine:
        spare_memory(engine)
        judge_now(engine, settings, _Progress())


if __name__ == "__main__":
    main()
