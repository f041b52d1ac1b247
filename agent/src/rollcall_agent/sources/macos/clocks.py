"""Reads the three clocks: the wall's, the one that stops in sleep, and the one that does not."""

import time
from datetime import UTC, datetime

from rollcall_agent.sources.source import Moment


def moment() -> Moment:
    """This instant on all clocks. On macOS the monotonic clock goes on in sleep, and the raw uptime does not."""
    uptime = vars(time)["CLOCK_UPTIME_RAW"]
    return Moment(
        now=datetime.now(UTC),
        awake_seconds=time.clock_gettime(uptime),
        since_boot_seconds=time.clock_gettime(time.CLOCK_MONOTONIC),
    )
