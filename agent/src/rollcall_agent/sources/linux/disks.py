"""Finds the disks that belong to the device: not sticks or cards, not virtual ones, and which holds the system."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from rollcall_agent.sources.linux.files import folders, number, text
from rollcall_agent.sources.source import Host

VIRTUAL = ("loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "zd", "mspblk")
CARDS = "SD"
"""How a card in a built-in reader begins to tell its type (SD, SDcombo, SDIO); a soldered eMMC says MMC."""
EMMC_AREAS = re.compile(r"mmcblk\d+(boot\d|rpmb|gp\d)")
"""Small parts of an eMMC beside its disk, for loaders and keys: the same chip, not disks of their own."""
SECTOR_BYTES = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class Disk:
    """A built-in disk. `key` names the very disk across swaps and never leaves the device: it is a mark's name."""

    name: str
    key: str
    size_bytes: int | None

    @property
    def has_smart(self) -> bool:
        """Whether it may speak SMART: SATA and NVMe do, cards and virtual disks do not."""
        return self.name.startswith(("sd", "nvme"))


def fixed_disks(host: Host) -> tuple[Disk, ...]:
    """The built-in disks, by name."""
    return tuple(_disk(one) for one in folders(host.path("sys/block")) if _is_fixed(host, one))


def is_fixed(host: Host, device: str) -> bool:
    """Whether a disk or partition (`sda1`) is built in. What cannot be found out is not."""
    path = host.path("sys/class/block") / device
    disk = path.resolve().parent if (path / "partition").exists() else path
    return _is_fixed(host, disk) or (device.startswith(("dm-", "md")) and path.exists())


def system_disk(host: Host, disks: tuple[Disk, ...]) -> Disk | None:
    """The disk that holds the system: the one behind `/`, else the only one there is."""
    names = _system_names(host)
    behind = [disk for disk in disks if disk.name in names]
    if behind:
        return behind[0]
    return disks[0] if len(disks) == 1 else None


def _disk(path: Path) -> Disk:
    identity = text(path / "wwid") or text(path / "device/wwid") or text(path / "device/serial") or path.name
    sectors = number(path / "size")
    return Disk(
        name=path.name,
        key=hashlib.sha256(identity.encode()).hexdigest()[:12],
        size_bytes=sectors * SECTOR_BYTES if sectors else None,
    )


def _is_fixed(host: Host, path: Path) -> bool:
    if path.name.startswith(VIRTUAL) or EMMC_AREAS.fullmatch(path.name):
        return False
    if not (path / "device").exists() or number(path / "removable") == 1:
        return False
    if (text(path / "device/type") or "").startswith(CARDS):
        return path.name in _system_names(host)  # a device that starts from its card keeps it
    return "/usb" not in os.path.realpath(path) and "/usb" not in os.path.realpath(path / "device")


def _system_names(host: Host) -> set[str]:
    return {_parent(host, name) for name in _below(host, _root_device(host))}


def _root_device(host: Host) -> str:
    for line in (text(host.path("proc/self/mounts")) or "").splitlines():
        source, _, rest = line.partition(" ")
        if rest.startswith("/ ") and source.startswith("/dev/"):
            return Path(os.path.realpath(host.path(source.lstrip("/")))).name
    return ""


def _below(host: Host, device: str, depth: int = 4) -> list[str]:
    """The device itself, or the ones it is laid upon: encrypted and logical volumes stand on others."""
    if not device or not depth:
        return []
    slaves = folders(host.path("sys/class/block") / device / "slaves")
    return [device] if not slaves else [name for one in slaves for name in _below(host, one.name, depth - 1)]


def _parent(host: Host, device: str) -> str:
    path = host.path("sys/class/block") / device
    return path.resolve().parent.name if (path / "partition").exists() else device
