"""What a Mac can tell: one line a source; and what the agent asks of the system itself."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rollcall_agent.sources import awake, clock, posix
from rollcall_agent.sources.macos import battery, boot, clocks, hardware, inventory, panics, resumes, storage
from rollcall_agent.sources.programs import run_in
from rollcall_agent.sources.source import Host, Source
from rollcall_agent.sources.system import System

SOURCES: tuple[Source[Any], ...] = (
    boot.SOURCE,
    inventory.SOURCE,
    battery.SOURCE,
    storage.SOURCE,
    panics.SOURCE,
    resumes.SOURCE,
)
"""Boot stands first: it leans on marks that the others move."""
SHARED_STATE = Path("/var/db/rollcall-agent")
OWN_STATE = "Library/Application Support/rollcall-agent"


def _default_state(environ: Mapping[str, str]) -> Path:
    return SHARED_STATE if os.geteuid() == 0 else Path(environ.get("HOME") or "/") / OWN_STATE


def _is_supervised(environ: Mapping[str, str]) -> bool:
    """Whether launchd started the agent: it starts it again when it dies. A Terminal's programs are called 0."""
    return environ.get("XPC_SERVICE_NAME", "0") != "0"


def _is_stopping(_host: Host) -> bool:
    """Nobody can be asked; the accounting of starts says how a run ended."""
    return False


SYSTEM = System(
    platform="macos",
    sources=(*SOURCES, awake.SOURCE, clock.SOURCE),
    run=run_in({"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}),
    moment=clocks.moment,
    hardware=hardware.hashes,
    boot_id=hardware.boot_id,
    raw_boot_id=hardware.raw_boot_id,
    inventory=inventory.read,
    is_stopping=_is_stopping,
    default_state=_default_state,
    shared_state=SHARED_STATE,
    is_supervised=_is_supervised,
    hold=posix.hold,
)
