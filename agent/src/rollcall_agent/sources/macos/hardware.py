"""Recognises this very device and start by hashes that say nothing else, so that a copied disk is noticed."""

from collections.abc import Mapping
from typing import Any

from rollcall_agent.sources.macos.programs import plist, text
from rollcall_agent.sources.recognition import hashed, meant
from rollcall_agent.sources.source import Host

BOOT_ID_CHARACTERS = 32


def platform(host: Host) -> Mapping[str, Any]:
    """What the device states of itself: its model, its serial number, its id."""
    return plist(host.run(("ioreg", "-a", "-r", "-d", "1", "-c", "IOPlatformExpertDevice")))


def hashes(host: Host) -> dict[str, str]:
    """Every way to recognise this device, the surest first; never empty."""
    stated = platform(host)
    bases = {"firmware": "IOPlatformUUID", "serial": "IOPlatformSerialNumber"}
    known = {basis: found for basis, name in bases.items() if (found := meant(text(stated.get(name))))}
    return {basis: hashed("hardware", found) for basis, found in known.items()} or {"none": hashed("hardware", "none")}


def raw_boot_id(host: Host) -> str:
    """The kernel's id of this start; it outlives sleep and set clocks."""
    ran = host.run(("sysctl", "-n", "kern.bootsessionuuid"))
    return (ran.output.strip() if ran else "") or "unknown"


def boot_id(host: Host) -> str:
    """The name under which this start is reported."""
    return hashed(f"boot:{next(iter(hashes(host).values()))}", raw_boot_id(host))[:BOOT_ID_CHARACTERS]
