"""Reads how full the batteries are, what they still hold, and whether mains is there, as their drivers tell it."""

import ctypes
import struct
from collections.abc import Iterator
from ctypes import wintypes
from typing import Any

from rollcall_agent.sources.power import CYCLES_MAX, LEVEL_MAX, Battery, Power, tell
from rollcall_agent.sources.source import Host, Source
from rollcall_agent.sources.windows.native import library
from rollcall_agent.sources.windows.volumes import NO_HANDLE, OPEN_EXISTING, SHARED, control, with_handle

CLASS = bytes.fromhex("541e6372a478d011bcf700aa00b7b32a")
"""The class of battery drivers: {72631e54-78a4-11d0-bcf7-00aa00b7b32a}."""
PRESENT, INTERFACES = 0x2, 0x10
QUERY_TAG, QUERY_INFORMATION, QUERY_STATUS = 0x294040, 0x294044, 0x29404C
READABLE = 0x80000000
INFORMATION = struct.Struct("<IB3x4sIIIIII")
"""BATTERY_INFORMATION: what it can, its technology and chemistry, capacities, alerts, and its cycles."""
STATUS = struct.Struct("<IIIi")
RELATIVE, SHORT_TERM = 0x40000000, 0x20000000
"""Capacities in no unit at all; and a supply that only bridges a power cut: no battery to work with."""
UNKNOWN = 0xFFFFFFFF
ON_MAINS, DISCHARGING, CHARGING = 1, 2, 4
BATTERIES_MAX = 8
MILLI = 1000
POWER_STATUS = struct.Struct("<BBBBII")
NO_BATTERY = 128
"""Set where there is none, and, in 255, where nobody knows."""


def read(_host: Host) -> Power:
    """Every battery; where no driver answers, what the system itself says of all together."""
    found = [parse(information, status) for information, status in _answers()]
    return summed(tuple(one for one in found if one is not None), _system())


def mains() -> int:
    """Whether mains is there, as the system says it: 0, 1, or 255 for not knowing."""
    return _system()[0]


def summed(batteries: tuple[Battery, ...], system: bytes) -> Power:
    """The batteries, with what the system says of mains (0, 1, or 255 for not knowing) and of a battery as such."""
    mains, flags, level, *_ = POWER_STATUS.unpack(system)
    has_mains = bool(mains) if mains in {0, 1} else None
    if not batteries and not flags & NO_BATTERY:
        is_charging = bool(flags & 8)
        status = "Charging" if is_charging else "Discharging" if has_mains is False else None
        told = float(level) if level <= LEVEL_MAX else None
        batteries = (
            Battery(level_percent=told, now_wh=None, full_wh=None, design_wh=None, cycles=None, status=status),
        )
    return Power(batteries=batteries, has_mains=has_mains)


def parse(information: bytes, status: bytes) -> Battery | None:
    """One battery from its driver's two answers; None for what is no battery to work with.

    A capacity in no unit tells a level and nothing else; cycles of 0 are those of firmware that does not count.
    """
    if len(information) < INFORMATION.size or len(status) < STATUS.size:
        return None
    can, _, _, design, full, _, _, _, cycles = INFORMATION.unpack_from(information)
    state, now, _, _ = STATUS.unpack_from(status)
    if can & SHORT_TERM:
        return None
    has_measure = not can & RELATIVE
    level = round(min(100.0, 100 * now / full), 1) if UNKNOWN not in {now, full} and full else None
    return Battery(
        level_percent=level,
        now_wh=_watt_hours(now) if has_measure else None,
        full_wh=(_watt_hours(full) if has_measure else None) or None,
        design_wh=(_watt_hours(design) if has_measure else None) or None,
        cycles=cycles if 0 < cycles <= CYCLES_MAX else None,
        status=_status(state),
    )


def _system() -> bytes:
    answer = ctypes.create_string_buffer(POWER_STATUS.size)
    library("kernel32").GetSystemPowerStatus(answer)
    return answer.raw


def _watt_hours(milliwatt_hours: int) -> float | None:
    return None if milliwatt_hours == UNKNOWN else round(milliwatt_hours / MILLI, 3)


def _status(state: int) -> str | None:
    if state & CHARGING:
        return "Charging"
    if state & DISCHARGING:
        return "Discharging"
    return "Not charging" if state & ON_MAINS else None


def _answers() -> Iterator[tuple[bytes, bytes]]:
    kernel = library("kernel32")
    with_handle(kernel)
    for path in _paths():
        handle = kernel.CreateFileW(path, READABLE, SHARED, None, OPEN_EXISTING, 0, None)
        if handle in {None, NO_HANDLE}:
            continue
        try:
            tag = control(kernel, handle, QUERY_TAG, struct.pack("<I", 0), 4)
            if tag is None or tag == bytes(4):  # no battery in this slot
                continue
            information = control(kernel, handle, QUERY_INFORMATION, tag + struct.pack("<Ii", 0, 0), 64)
            status = control(kernel, handle, QUERY_STATUS, tag + struct.pack("<IIII", 0, 0, 0, 0), 16)
        finally:
            kernel.CloseHandle(handle)
        if information is not None and status is not None:
            yield information, status


def _paths() -> Iterator[str]:
    """The drivers' paths."""
    try:
        setup = _setup()
    except OSError:
        return
    devices = setup.SetupDiGetClassDevsW(CLASS, None, None, PRESENT | INTERFACES)
    if devices in {None, NO_HANDLE}:
        return
    try:
        for number in range(BATTERIES_MAX):
            interface = ctypes.create_string_buffer(struct.pack("<I28x", 32), 32)
            if not setup.SetupDiEnumDeviceInterfaces(devices, None, CLASS, number, interface):
                return
            detail = ctypes.create_string_buffer(struct.pack("<I", 8), 2048)
            if setup.SetupDiGetDeviceInterfaceDetailW(devices, interface, detail, len(detail), None, None):
                yield detail.raw[4:].decode("utf-16-le", errors="replace").partition("\0")[0]
    finally:
        setup.SetupDiDestroyDeviceInfoList(devices)


def _setup() -> Any:
    setup, handle, number = library("setupapi"), ctypes.c_void_p, wintypes.DWORD
    setup.SetupDiGetClassDevsW.argtypes = (handle, wintypes.LPCWSTR, handle, number)
    setup.SetupDiGetClassDevsW.restype = handle
    setup.SetupDiEnumDeviceInterfaces.argtypes = (handle, handle, handle, number, handle)
    setup.SetupDiGetDeviceInterfaceDetailW.argtypes = (handle, handle, handle, number, handle, handle)
    setup.SetupDiDestroyDeviceInfoList.argtypes = (handle,)
    return setup


SOURCE = Source(name="battery", rhythm="vitals", needs="nothing", read=read, tell=tell)
