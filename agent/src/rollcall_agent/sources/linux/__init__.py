"""What a Linux device can tell: one line a source."""

from typing import Any

from rollcall_agent.sources.linux import (
    app_crashes,
    battery,
    block,
    boot,
    filesystems,
    inventory,
    kernel,
    memory,
    out_of_memory,
    storage,
    thermal,
    units,
)
from rollcall_agent.sources.source import Source

SOURCES: tuple[Source[Any], ...] = (
    boot.SOURCE,
    inventory.SOURCE,
    battery.SOURCE,
    filesystems.SOURCE,
    storage.SOURCE,
    block.SOURCE,
    memory.SOURCE,
    thermal.SOURCE,
    kernel.SOURCE,
    out_of_memory.SOURCE,
    units.SOURCE,
    app_crashes.SOURCE,
)
"""Boot stands first: it leans on marks that the others move."""
