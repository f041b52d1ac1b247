"""What a Linux device can tell: one line a source; and what the agent asks of the system itself."""

from typing import Any

from rollcall_agent.sources import awake, clock, posix
from rollcall_agent.sources.linux import (
    app_crashes,
    battery,
    block,
    boot,
    clocks,
    filesystems,
    hardware,
    inventory,
    kernel,
    memory,
    out_of_memory,
    stop,
    storage,
    surroundings,
    thermal,
    units,
)
from rollcall_agent.sources.programs import run_in
from rollcall_agent.sources.source import Host, Source
from rollcall_agent.sources.system import System
from rollcall_wire.reports import Inventory

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


def _inventory(host: Host) -> Inventory:
    return inventory.stated(inventory.read(host))


SYSTEM = System(
    platform="linux",
    sources=(*SOURCES, awake.SOURCE, clock.SOURCE),
    run=run_in(
        {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            "SYSTEMD_COLORS": "0",
            "SYSTEMD_PAGER": "",
        }
    ),
    moment=clocks.moment,
    hardware=hardware.hashes,
    boot_id=hardware.boot_id,
    raw_boot_id=hardware.raw_boot_id,
    inventory=_inventory,
    is_stopping=stop.is_system_stopping,
    default_state=surroundings.default_state,
    shared_state=surroundings.SYSTEM_STATE,
    is_supervised=surroundings.is_supervised,
    hold=posix.hold,
    sign_of_life=surroundings.sign_of_life,
    let_go=surroundings.let_go,
)
