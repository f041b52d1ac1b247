"""Tells whether a device that asks to be enrolled, or that a bridge brings, is one we know, or a copy of another."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rollcall_collector.store.publishers.known_devices import IdentifiedDevice
from rollcall_wire.placeholders import is_identity

_SERIAL_MIN = 4
_HASH = re.compile(r"[0-9a-f]{64}")
_OF_COMPANIES = frozenset(
    (
        *("inc", "incorporated", "corp", "corporation", "company", "co", "ltd", "limited", "gmbh", "llc", "computer"),
        *("computers", "international"),
    )
)
"""Words of which one firmware writes another than the next: they tell no makers apart."""


def clean_serial(text: str | None) -> str | None:
    """The serial number without spaces around it; None where it is a maker's placeholder and names no device."""
    serial = (text or "").strip()
    is_long_enough = sum(one.isalnum() for one in serial) >= _SERIAL_MIN
    return serial if is_long_enough and is_identity(serial) else None


def clean_keys(keys: Iterable[str]) -> frozenset[str]:
    """The hardware keys that may tell a device from others. Of a hash nobody sees whether a placeholder was hashed."""
    cleaned = (one if _HASH.fullmatch(one) else clean_serial(one) for one in keys)
    return frozenset(one for one in cleaned if one is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """What is stated of a device so that it can be recognised, placeholders left out."""

    hardware_keys: frozenset[str]
    serial_number: str | None
    manufacturer: str | None = None


def recognise(stated: Stated, known: Sequence[IdentifiedDevice]) -> IdentifiedDevice | None:
    """The device this is, or None for one of its own. `known` holds every device with one of its keys or its serial.

    The same hardware with no contradicting serial number is the same device; so is the same serial number, unless who
    asks told it with other hardware before: that is a cloned image or a maker's repeated number. A hardware key that
    two serial numbers or two makers bear is nobody's, so who comes with it and without a serial number is new: two
    devices in one could not be told apart again.
    """
    for one in known:
        if one.hardware_keys & stated.hardware_keys and is_same_serial(one.serial_number, stated.serial_number):
            return one
    own = own_keys(stated, known)
    for one in known:
        if one.hardware_keys & own and None in {one.serial_number, stated.serial_number}:
            return one
    for one in known:
        is_contradicted = bool(one.told_keys and stated.hardware_keys)
        if is_same_serial(one.serial_number, stated.serial_number) and not is_contradicted:
            return one
    return None


def own_keys(stated: Stated, known: Sequence[IdentifiedDevice]) -> frozenset[str]:
    """The hardware keys by which this device alone can be known again."""
    return frozenset(key for key in stated.hardware_keys if not _is_shared(key, stated, known))


def is_same_serial(one: str | None, other: str | None) -> bool:
    """Whether two serial numbers are the same word, both being known."""
    return one is not None and other is not None and one.strip().lower() == other.strip().lower()


def _is_shared(key: str, stated: Stated, known: Sequence[IdentifiedDevice]) -> bool:
    """Whether two serial numbers or two makers bear one key, who asks now counted among them."""
    bearers: list[Stated | IdentifiedDevice] = [stated, *(one for one in known if key in one.hardware_keys)]
    serials = {(one.serial_number or "").strip().lower() for one in bearers}
    makers = sorted((_maker_words(one.manufacturer) for one in bearers), key=len)
    has_two_makers = any(makers[-1][: len(one)] != one for one in makers)
    return len(serials - {""}) > 1 or has_two_makers


def _maker_words(maker: str | None) -> list[str]:
    """What a maker is called by: the roster's "Dell" is the firmware's "Dell Inc.", but two Shenzhens are two."""
    return [word for word in re.findall(r"[^\W_]+", (maker or "").casefold()) if word not in _OF_COMPANIES]
