"""Tells what the device is: its maker, model, serial number, system and sizes."""

from rollcall_agent import __version__
from rollcall_agent.sources.macos import hardware
from rollcall_agent.sources.macos.programs import plist, text, whole
from rollcall_agent.sources.recognition import meant
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.reports import Inventory


def read(host: Host) -> Inventory:
    """What the device states, and the sizes of memory and disk."""
    stated = hardware.platform(host)
    memory = host.run(("sysctl", "-n", "hw.memsize"))
    told = (memory.output if memory else "").strip()
    disk = plist(host.run(("diskutil", "info", "-plist", "/")))
    return Inventory(
        platform="macos",
        manufacturer=meant(text(stated.get("manufacturer"))),
        model=meant(text(stated.get("model"))),
        serial_number=meant(text(stated.get("IOPlatformSerialNumber"))),
        os_version=os_version(host),
        memory_bytes=int(told) if told.isdecimal() else None,
        storage_bytes=whole(disk.get("TotalSize")),
        agent_version=__version__,
    )


def os_version(host: Host) -> str | None:
    """The system's version, such as "macOS 15.1 (24B83)"."""
    found = [host.run(("sysctl", "-n", name)) for name in ("kern.osproductversion", "kern.osversion")]
    product, build = ((ran.output.strip() if ran else "") for ran in found)
    is_version = product.replace(".", "").isdecimal() and (not build or build.isalnum())
    return f"macOS {product}" + (f" ({build})" if build else "") if is_version else None


def tell(stated: Inventory, _past: Past) -> Told:
    """The inventory; which sources work and what they lack is added by who asks them all."""
    return Told(inventory=stated, has_found=True)


SOURCE = Source(name="inventory", rhythm="daily", needs="nothing", read=read, tell=tell)
