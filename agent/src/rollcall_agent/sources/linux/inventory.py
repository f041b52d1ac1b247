"""Tells what the device is: its maker, model, serial number, system and sizes, as its firmware states them."""

from dataclasses import dataclass

from rollcall_agent import __version__
from rollcall_agent.sources.linux.disks import fixed_disks, system_disk
from rollcall_agent.sources.linux.files import is_forbidden, text
from rollcall_agent.sources.recognition import meant
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.reports import Inventory


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """What the firmware and the system state; None where they do not, or state junk."""

    manufacturer: str | None
    model: str | None
    serial_number: str | None
    asset_tag: str | None
    os_version: str | None
    memory_bytes: int | None
    storage_bytes: int | None
    is_serial_forbidden: bool


def read(host: Host) -> Described:
    """Firmware tables of a PC, else the device tree of an ARM device."""
    dmi, tree = host.path("sys/class/dmi/id"), host.path("proc/device-tree")
    manufacturer = meant(text(dmi / "sys_vendor"))
    # Lenovo writes the part number into the name and the name into the version.
    named = text(dmi / "product_version") if (manufacturer or "").upper() == "LENOVO" else None
    disk = system_disk(host, fixed_disks(host))
    return Described(
        manufacturer=manufacturer,
        model=meant(named) or meant(text(dmi / "product_name")) or meant(text(tree / "model")),
        serial_number=meant(text(dmi / "product_serial")) or meant(text(tree / "serial-number")),
        asset_tag=meant(text(dmi / "chassis_asset_tag")),
        os_version=os_version(host),
        memory_bytes=_memory_bytes(host),
        storage_bytes=disk.size_bytes if disk else None,
        is_serial_forbidden=is_forbidden(dmi / "product_serial"),
    )


def tell(reading: Described, _past: Past) -> Told:
    """The inventory; which sources work and what they lack is added by who asks them all."""
    missing = ("inventory: reading the serial number needs root",) if reading.is_serial_forbidden else ()
    return Told(inventory=stated(reading), missing=missing, has_found=True)


def stated(reading: Described) -> Inventory:
    """What the device states of itself, in the wire's words."""
    return Inventory(
        platform="linux",
        manufacturer=reading.manufacturer,
        model=reading.model,
        serial_number=reading.serial_number,
        asset_tag=reading.asset_tag,
        os_version=reading.os_version,
        memory_bytes=reading.memory_bytes,
        storage_bytes=reading.storage_bytes,
        agent_version=__version__,
    )


def os_version(host: Host) -> str | None:
    """The system's own name and version, such as "Debian GNU/Linux 12 (bookworm)"."""
    for name in ("etc/os-release", "usr/lib/os-release"):
        for line in (text(host.path(name)) or "").splitlines():
            key, _, value = line.partition("=")
            if key == "PRETTY_NAME":
                return meant(value.strip("\"'"))
    return None


def _memory_bytes(host: Host) -> int | None:
    import psutil  # noqa: PLC0415  # 0.9 MB: not before the first look, and not for those who only deliver

    psutil.PROCFS_PATH = str(host.path("proc"))
    try:
        return int(psutil.virtual_memory().total)
    except (OSError, LookupError, ValueError):
        return None


SOURCE = Source(name="inventory", rhythm="daily", needs="root for the serial number", read=read, tell=tell)
