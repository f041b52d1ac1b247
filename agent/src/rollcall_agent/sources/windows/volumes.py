"""Knows the hard disks: which of them are built in, how large the system's is, and where the system stands."""

import ctypes
import hashlib
import struct
from ctypes import wintypes
from dataclasses import dataclass
from functools import cache
from typing import Any

from rollcall_agent.sources.windows.native import library

DISKS_MAX = 16
QUERY_PROPERTY, DEVICE_NUMBER, GEOMETRY = 0x2D1400, 0x2D1080, 0x700A0
SHARED, OPEN_EXISTING = 0x1 | 0x2, 3
NO_HANDLE = ctypes.c_void_p(-1).value
FOREIGN_BUSES = frozenset({4, 7, 12, 14, 15})
"""FireWire, USB, SD card, and disks that are files or made of several: none is part of the device."""
HEAD = struct.Struct("<IIBB??IIIII")
"""STORAGE_DEVICE_DESCRIPTOR: version, size, type, modifier, removable, queueing, offsets of texts, and the bus."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Descriptor:
    """One disk: how it is attached, whether its medium can be taken out, and a hash that tells it from others."""

    bus: int
    is_removable: bool
    key: str | None

    @property
    def is_built_in(self) -> bool:
        """Whether it is part of the device."""
        return self.bus not in FOREIGN_BUSES and not self.is_removable


def parse_descriptor(answer: bytes) -> Descriptor | None:
    """What Windows says of a disk's attachment. The serial number is hashed here and goes nowhere."""
    if len(answer) < HEAD.size:
        return None
    _, _, _, _, is_removable, _, _, _, _, serial_at, bus = HEAD.unpack_from(answer)
    serial = answer[serial_at:].partition(b"\0")[0].strip() if HEAD.size <= serial_at < len(answer) else b""
    key = hashlib.sha256(serial).hexdigest()[:12] if serial else None
    return Descriptor(bus=bus, is_removable=is_removable, key=key)


@cache
def system_folder() -> str:
    """Where Windows stands."""
    text = ctypes.create_unicode_buffer(260)
    library("kernel32").GetSystemWindowsDirectoryW(text, len(text))
    return text.value


def system_drive() -> int | None:
    """The letter of the system's drive, as its code."""
    folder = system_folder()
    return ord(folder[0].upper()) if folder[1:2] == ":" else None


def disks() -> dict[int, Descriptor]:
    """The disks that say how they are attached, by their number."""
    asked = struct.pack("<III", 0, 0, 0)
    found = {}
    for number in range(DISKS_MAX):
        answer = _ask(f"\\\\.\\PhysicalDrive{number}", QUERY_PROPERTY, asked, 1024)
        descriptor = None if answer is None else parse_descriptor(answer)
        if descriptor is not None:
            found[number] = descriptor
    return found


def own_disks() -> frozenset[int] | None:
    """The numbers of the disks that are part of the device, the system's among them; None where nobody says."""
    found = {number for number, one in disks().items() if one.is_built_in}
    system = system_disk()
    if system is not None:
        found.add(system)
    return frozenset(found) or None


def system_disk() -> int | None:
    """The number of the disk that the system's drive stands on."""
    answer = _ask(f"\\\\.\\{system_folder()[:2]}", DEVICE_NUMBER, b"", 12)
    return None if answer is None or len(answer) < 12 else int(struct.unpack("<III", answer)[1])  # noqa: PLR2004


def size_bytes(number: int) -> int | None:
    """How large a disk is."""
    answer = _ask(f"\\\\.\\PhysicalDrive{number}", GEOMETRY, b"", 256)
    return None if answer is None or len(answer) < 32 else int(struct.unpack_from("<q", answer, 24)[0])  # noqa: PLR2004


def _ask(path: str, code: int, asked: bytes, room: int) -> bytes | None:
    """One question to a device, opened without any right, which these questions do not need."""
    kernel = library("kernel32")
    with_handle(kernel)
    handle = kernel.CreateFileW(path, 0, SHARED, None, OPEN_EXISTING, 0, None)
    if handle in {None, NO_HANDLE}:
        return None
    try:
        return control(kernel, handle, code, asked, room)
    finally:
        kernel.CloseHandle(handle)


def control(kernel: Any, handle: int, code: int, asked: bytes, room: int) -> bytes | None:
    """A device's answer; None where it has none."""
    answer, got = ctypes.create_string_buffer(room), wintypes.DWORD()
    is_answered = kernel.DeviceIoControl(
        handle, code, asked or None, len(asked), answer, room, ctypes.byref(got), None
    )
    return answer.raw[: got.value] if is_answered else None


def with_handle(kernel: Any) -> None:
    """Tell ctypes that handles are 64 bits wide."""
    handle, number, pointer = ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p
    kernel.CreateFileW.argtypes = (wintypes.LPCWSTR, number, number, pointer, number, number, handle)
    kernel.CreateFileW.restype = handle
    kernel.DeviceIoControl.argtypes = (handle, number, pointer, number, pointer, number, pointer, pointer)
    kernel.CloseHandle.argtypes = (handle,)
