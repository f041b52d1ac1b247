"""Which sources a system has: one line a source."""

from typing import Any

from rollcall_agent.sources import awake, clock
from rollcall_agent.sources.source import Source


def for_system(system: str) -> tuple[Source[Any], ...]:
    """The sources of a system, as `sys.platform` names it; of an unknown one those that need nothing of it."""
    if system == "linux":
        from rollcall_agent.sources.linux import SOURCES  # noqa: PLC0415  # only the own system's sources weigh

        return (*SOURCES, awake.SOURCE, clock.SOURCE)
    return (awake.SOURCE, clock.SOURCE)
