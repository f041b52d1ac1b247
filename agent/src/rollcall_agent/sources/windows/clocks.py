"""Reads the three clocks: the wall's, the one that stops in sleep, and the one that does not."""

import ctypes
from datetime import UTC, datetime

from rollcall_agent.sources.source import Moment
from rollcall_agent.sources.windows.native import library

TICKS_PER_SECOND = 10_000_000
MILLI = 1000


def moment() -> Moment:
    """This instant on all clocks. The first two are what Windows counts since its kernel started."""
    kernel = library("kernel32")
    kernel.GetTickCount64.restype = ctypes.c_ulonglong
    awake = ctypes.c_ulonglong()
    kernel.QueryUnbiasedInterruptTime(ctypes.byref(awake))
    return Moment(
        now=datetime.now(UTC),
        awake_seconds=awake.value / TICKS_PER_SECOND,
        since_boot_seconds=kernel.GetTickCount64() / MILLI,
    )
