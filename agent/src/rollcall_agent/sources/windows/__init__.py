"""What a Windows device can tell: one line a source; and what the agent asks of the system itself."""

from typing import Any

from rollcall_agent.sources import awake, clock
from rollcall_agent.sources.programs import run_in
from rollcall_agent.sources.source import Host, Source
from rollcall_agent.sources.system import System, SystemService
from rollcall_agent.sources.windows import (
    app_crashes,
    battery,
    boot,
    clocks,
    filesystems,
    hardware,
    inventory,
    resumes,
    service,
    state_folder,
    storage,
    system_log,
)
from rollcall_wire.reports import Inventory

SOURCES: tuple[Source[Any], ...] = (
    boot.SOURCE,
    inventory.SOURCE,
    battery.SOURCE,
    filesystems.SOURCE,
    storage.SOURCE,
    system_log.SOURCE,
    resumes.SOURCE,
    app_crashes.SOURCE,
)
"""Boot stands first: it leans on marks that the others move."""


def _inventory(host: Host) -> Inventory:
    return inventory.read(host)


def _is_stopping(_host: Host) -> bool:
    """Nobody can be asked: the service is told so, and the system's own log says how a run ended."""
    return False


SYSTEM = System(
    platform="windows",
    sources=(*SOURCES, awake.SOURCE, clock.SOURCE),
    run=run_in({"SystemRoot": r"C:\Windows", "PATH": r"C:\Windows\System32"}),
    moment=clocks.moment,
    hardware=hardware.hashes,
    boot_id=hardware.boot_id,
    raw_boot_id=hardware.raw_boot_id,
    inventory=_inventory,
    is_stopping=_is_stopping,
    default_state=state_folder.default_state,
    shared_state=state_folder.SHARED_STATE,
    is_supervised=state_folder.is_supervised,
    hold=state_folder.hold,
    service=SystemService(install=service.install, uninstall=service.uninstall, serve=service.serve),
)
