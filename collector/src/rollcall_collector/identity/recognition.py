"""Tells whether a device that asks to be enrolled is one we know, one from the roster, or a copy of another."""

from collections.abc import Sequence

from rollcall_collector.store.identities import KnownDevice
from rollcall_wire.placeholders import is_identity

_SERIAL_MIN = 4


def clean_serial(text: str | None) -> str | None:
    """The serial number without spaces around it; None where it is a maker's placeholder and names no device."""
    serial = (text or "").strip()
    is_long_enough = sum(one.isalnum() for one in serial) >= _SERIAL_MIN
    return serial if is_long_enough and is_identity(serial) else None


def recognise(
    hardware_id: str, serial_number: str | None, maker: str | None, known: Sequence[KnownDevice]
) -> KnownDevice | None:
    """The device this is, or None for one of its own.

    The same hardware with no contradicting serial number is the same device; so is one that only the roster knows, by
    its serial number. The same serial number on other hardware is a cloned image, the same hardware id with another
    serial number or maker is a maker's repeated id: both are devices of their own. A repeated id names nobody any
    more, so who comes with it and without a serial number is new: two devices in one cannot be told apart again.
    """
    same_hardware = [one for one in known if one.hardware_id == hardware_id]
    for one in same_hardware:
        if is_same_serial(one.serial_number, serial_number):
            return one
    if same_hardware and not _is_repeated(same_hardware, serial_number, maker):
        return same_hardware[0]
    for one in known:
        if one.hardware_id is None and is_same_serial(one.serial_number, serial_number):
            return one
    return None


def _is_repeated(bearers: Sequence[KnownDevice], serial_number: str | None, maker: str | None) -> bool:
    """Whether one hardware id is borne by two serial numbers or two makers, who asks now counted among them."""
    serials = {(one or "").strip().upper() for one in (serial_number, *(one.serial_number for one in bearers))}
    makers = {_first_word(one) for one in (maker, *(one.manufacturer for one in bearers))}
    return len(serials - {""}) > 1 or len(makers - {""}) > 1


def _first_word(maker: str | None) -> str:
    """What a maker is called by: the roster's "Dell" is the firmware's "Dell Inc."."""
    return (maker or "").casefold().replace(",", " ").partition(" ")[0]


def is_same_serial(one: str | None, other: str | None) -> bool:
    """Whether two serial numbers are the same word, both being known."""
    return one is not None and other is not None and one.strip().upper() == other.strip().upper()
