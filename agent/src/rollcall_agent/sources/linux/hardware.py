"""Recognises this very device and start by hashes that say nothing else, so that a copied disk is noticed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rollcall_agent.sources.linux.files import folders, text
from rollcall_agent.sources.recognition import hashed, meant
from rollcall_agent.sources.source import Host
from rollcall_wire.placeholders import is_identity

BOOT_ID_CHARACTERS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardware:
    """What the device is recognised by; `basis` is where it was taken from: firmware, serial, tree, network, system.

    The same basis must be asked again to compare: root sees a firmware id that others do not.
    """

    basis: str
    hardware_id: str


def read(host: Host) -> tuple[Hardware, ...]:
    """Every way to recognise this device that can be read now, the surest first; never empty."""
    found = [
        Hardware(basis=basis, hardware_id=hashed("hardware", stated)) for basis, stated in _stated(host) if stated
    ]
    return tuple(found) or (Hardware(basis="none", hardware_id=hashed("hardware", "none")),)


def hashes(host: Host) -> dict[str, str]:
    """The same, by basis."""
    return {one.basis: one.hardware_id for one in read(host)}


def raw_boot_id(host: Host) -> str:
    """The kernel's random id of this start. It stays on the device."""
    return text(host.path("proc/sys/kernel/random/boot_id")) or "unknown"


def boot_id(host: Host) -> str:
    """The name under which this start is reported: salted with what never leaves the device.

    The same after the agent was installed anew, so that no start is counted twice.
    """
    salt = text(host.path("etc/machine-id")) or read(host)[0].hardware_id
    return hashed(f"boot:{salt}", raw_boot_id(host))[:BOOT_ID_CHARACTERS]


def _stated(host: Host) -> Iterator[tuple[str, str]]:
    dmi = host.path("sys/class/dmi/id")
    yield "firmware", meant(text(dmi / "product_uuid")) or ""
    yield "serial", "/".join(filter(None, (meant(text(dmi / name)) for name in ("product_serial", "board_serial"))))
    yield "tree", meant(text(host.path("proc/device-tree/serial-number"))) or ""
    yield "network", next(filter(is_identity, _built_in_addresses(host)), "")
    yield "system", text(host.path("etc/machine-id")) or ""


def _built_in_addresses(host: Host) -> Iterator[str]:
    """Addresses of network cards that are part of the device: a USB adapter travels between devices."""
    for card in folders(host.path("sys/class/net")):
        device = card / "device"
        if device.exists() and "/usb" not in str(_resolved(device)) and text(card / "addr_assign_type") in {None, "0"}:
            yield text(card / "address") or ""


def _resolved(path: Path) -> Path:
    return path.resolve()
