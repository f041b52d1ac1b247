"""Recognises this very device and start by hashes that say nothing else, so that a copied disk is noticed."""

import ctypes
import secrets
from ctypes import wintypes
from functools import cache
from importlib import import_module

from rollcall_agent.sources.recognition import hashed
from rollcall_agent.sources.source import Host
from rollcall_agent.sources.windows import smbios
from rollcall_agent.sources.windows.native import library, setting

RAW_SMBIOS = int.from_bytes(b"RSMB", "big")
START_KEY = r"SOFTWARE\Rollcall agent\This start"
DEVICE, USER = 0x80000002, 0x80000001
VOLATILE, READ_AND_WRITE = 1, 0x20019 | 0x20006 | 0x0100
BOOT_ID_CHARACTERS = 32


@cache
def firmware() -> smbios.Firmware:
    """The firmware's description; it does not change while the agent runs."""
    kernel = library("kernel32")
    size = kernel.GetSystemFirmwareTable(RAW_SMBIOS, 0, None, 0)
    table = ctypes.create_string_buffer(max(size, 1))
    got = kernel.GetSystemFirmwareTable(RAW_SMBIOS, 0, table, size)
    return smbios.parse(table.raw[:got])


def hashes(_host: Host) -> dict[str, str]:
    """Every way to recognise this device, the surest first; never empty."""
    found = firmware()
    stated = {
        "firmware": found.hardware_id,
        "serial": "/".join(filter(None, (found.serial_number, found.board_serial))),
        "system": _system_id(),
    }
    known = {basis: hashed("hardware", one) for basis, one in stated.items() if one}
    return known or {"none": hashed("hardware", "none")}


def raw_boot_id(_host: Host) -> str:
    """A random id of this start, kept in a key of the registry that lives as long as the kernel does.

    So it outlives sleep, fast starts, set clocks, cleared logs and a new installation of the agent. Who may not write
    for the whole device has one of the user's own.
    """
    return _kept(DEVICE) or _kept(USER) or "unknown"


def boot_id(host: Host) -> str:
    """The name under which this start is reported."""
    return hashed(f"boot:{_system_id()}", raw_boot_id(host))[:BOOT_ID_CHARACTERS]


def _system_id() -> str:
    return str(setting(r"SOFTWARE\Microsoft\Cryptography", "MachineGuid") or "")


def _kept(root: int) -> str | None:
    advapi, winreg = library("advapi32"), import_module("winreg")
    key = wintypes.HKEY()
    status = advapi.RegCreateKeyExW(
        wintypes.HKEY(root), START_KEY, 0, None, VOLATILE, READ_AND_WRITE, None, ctypes.byref(key), None
    )
    if status or not key.value:
        return _read_only(root)
    try:
        try:
            return str(winreg.QueryValueEx(key.value, "Id")[0])
        except OSError:
            winreg.SetValueEx(key.value, "Id", 0, winreg.REG_SZ, secrets.token_hex(16))
            return str(winreg.QueryValueEx(key.value, "Id")[0])
    finally:
        advapi.RegCloseKey(key)


def _read_only(root: int) -> str | None:
    found = setting(START_KEY, "Id") if root == DEVICE else None
    return found if isinstance(found, str) else None
