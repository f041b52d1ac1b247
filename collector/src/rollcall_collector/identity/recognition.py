"""Tells whether a device that asks to be enrolled is one we know, one from the roster, or a copy of another."""

import re
from collections.abc import Sequence

from rollcall_collector.store.identities import KnownDevice

# What makers leave where a serial number should stand (compared without spaces, dots and case).
_PLACEHOLDERS = frozenset(
    {
        "tobefilledbyoem",
        "defaultstring",
        "systemserialnumber",
        "chassisserialnumber",
        "baseboardserialnumber",
        "serialnumber",
        "notspecified",
        "notapplicable",
        "notavailable",
        "unknown",
        "invalid",
        "empty",
        "none",
        "null",
        "oem",
    }
)
_SERIAL_MIN = 4


def clean_serial(text: str | None) -> str | None:
    """The serial number without spaces around it; None where it is a maker's placeholder and names no device."""
    serial = (text or "").strip()
    bare = re.sub(r"[^a-z0-9]", "", serial.lower())
    is_placeholder = bare in _PLACEHOLDERS or bare in "01234567890" or len(set(bare)) == 1
    return None if len(bare) < _SERIAL_MIN or is_placeholder else serial


def recognise(hardware_id: str, serial_number: str | None, known: Sequence[KnownDevice]) -> KnownDevice | None:
    """The device this is, or None for one of its own.

    The same hardware with no contradicting serial number is the same device; so is one that only the roster knows, by
    its serial number. The same serial number on other hardware is a cloned image, the same hardware id with another
    serial number is a maker's repeated id: both are devices of their own.
    """
    same_hardware = [one for one in known if one.hardware_id == hardware_id]
    for one in same_hardware:
        if is_same_serial(one.serial_number, serial_number):
            return one
    for one in same_hardware:
        if serial_number is None or one.serial_number is None:
            return one
    for one in known:
        if one.hardware_id is None and is_same_serial(one.serial_number, serial_number):
            return one
    return None


def is_same_serial(one: str | None, other: str | None) -> bool:
    """Whether two serial numbers are the same word, both being known."""
    return one is not None and other is not None and one.strip().upper() == other.strip().upper()
