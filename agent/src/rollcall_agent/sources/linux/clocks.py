"""Reads the three clocks: the wall's, the one that stops in sleep, and the one that does not."""

import time
from datetime import UTC, datetime

from rollcall_agent.sources.source import Moment


def moment() -> Moment:
    """This instant on all clocks."""
    return Moment(
        now=datetime.now(UTC),
        awake_seconds=time.clock_gettime(time.CLOCK_MONOTONIC),
        since_boot_seconds=time.clock_gettime(time.CLOCK_BOOTTIME),
    )
