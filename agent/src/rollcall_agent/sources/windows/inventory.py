"""Tells what the device is: its maker, model, serial number, system and sizes."""

from rollcall_agent import __version__
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_agent.sources.windows import hardware, system, volumes
from rollcall_wire.reports import Inventory


def read(_host: Host) -> Inventory:
    """What firmware and system state."""
    import psutil  # noqa: PLC0415  # 0.9 MB: not before the first look

    found = hardware.firmware()
    disk = volumes.system_disk()
    return Inventory(
        platform="windows",
        manufacturer=found.manufacturer,
        model=found.model,
        serial_number=found.serial_number,
        asset_tag=found.asset_tag,
        os_version=system.version(),
        memory_bytes=int(psutil.virtual_memory().total),
        storage_bytes=None if disk is None else volumes.size_bytes(disk),
        agent_version=__version__,
    )


def tell(stated: Inventory, _past: Past) -> Told:
    """The inventory; which sources work and what they lack is added by who asks them all."""
    return Told(inventory=stated, has_found=True)


SOURCE = Source(name="inventory", rhythm="daily", needs="nothing", read=read, tell=tell)
