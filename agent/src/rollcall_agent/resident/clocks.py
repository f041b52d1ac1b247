"""Reads the three clocks: the wall's, the one that stops in sleep, and the one that does not."""

import time
from datetime import UTC, datetime

from rollcall_agent.sources.source import Moment


def moment() -> Moment:
    """This instant on all clocks."""
    awake = time.clock_gettime(time.CLOCK_MONOTONIC)
    boottime = getattr(time, "CLOCK_BOOTTIME", None)  # Linux alone has it
    return Moment(
        now=datetime.now(UTC),
        awake_seconds=awake,
        since_boot_seconds=awake if boottime is None else time.clock_gettime(boottime),
    )
