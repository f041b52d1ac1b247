"""Finds in smartctl's answer what a disk has counted and how worn it is, each by its number and its name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

LOW_16, LOW_32 = 0xFFFF, 0xFFFFFFFF
_ATA: Mapping[int, tuple[str, int, str]] = {
    # An attribute's number alone means little: smartctl names 197 of some disks Not_In_Use, 198 Host_Reads_GiB, and
    # one that is known to be wrong Bogus_Current_Pend_Sect. The names are those of smartmontools' drive database.
    # Raw values are 48 bits into which makers pack other numbers (254 raw 8589934606 on a real disk): only the low
    # bits count. smartctl itself reads attribute 5 as 16 bits.
    5: ("reallocated_sectors", LOW_16, r"reallocat|retired|(new|later|runtime|grown)_bad_bl"),
    187: ("media_errors", LOW_16, r"uncorr|uecc|reported_ue"),
    197: ("pending_sectors", LOW_32, r"pending_sector|pending_ecc"),
    198: ("offline_uncorrectable", LOW_32, r"uncor|unc_sect"),
    199: ("io_errors", LOW_32, r"crc_error"),
}
_LEFT = re.compile(r"life(time)?_(left|remain)|remaining_life", re.IGNORECASE)
"""An attribute named so tells by its value how much of its life is left, whichever number its maker gave it."""
_LIFE = re.compile(r"life(time)?_used|media_wearout_indicator|wear_level", re.IGNORECASE)
_LIFE_NUMBERS = frozenset({169, 173, 177, 202, 231, 233})
"""Attributes whose normalized value is the percentage of life left, 100 when new, whatever their raw value counts.

Not 230, though some disks name it Media_Wearout_Indicator: there a new disk says 1.
"""
_NORMALIZED = range(1, 101)
"""0, 254 and 255 are reserved, and from 101 to 253 it is no percentage."""
_ALL_ONES = frozenset({2**32 - 1, 2**48 - 1, 2**63 - 1})
"""What bytes hold that nobody wrote, in the widths in which disks count."""
_BOGUS = re.compile(r"bogus|unknown|not_in_use|reserved", re.IGNORECASE)
_STATISTIC = "Percentage Used Endurance Indicator"
UNSET, PERCENT_MAX = 0xFF, 100


def counters_of(read: Mapping[str, Any], log: Mapping[str, Any]) -> dict[str, int]:
    """What the disk has counted, by the names of the wire; `log` is its NVMe log, empty for others.

    Attribute 198 counts as media errors where 187 tells none; it may fall again, which is why it keeps its own name.
    """
    found = dict(_ata_counters(read)) | dict(_scsi_counters(read))
    if "media_errors" in found:
        found.pop("offline_uncorrectable", None)
    told = {name: number(log.get(name)) for name in ("media_errors", "unsafe_shutdowns")}
    return found | {name: value for name, value in told.items() if value is not None}


def wear_of(read: Mapping[str, Any], log: Mapping[str, Any]) -> float | None:
    """How much of its rated life is used, in percent; more than 100 is possible, and 255 stands for all beyond 254.

    smartctl 7.4 says it itself; else the NVMe log, a SAS disk's page, SATA's statistics, or an attribute named so.
    """
    told = (
        _nested(read, "endurance_used", "current_percent"),
        log.get("percentage_used"),
        read.get("scsi_percentage_used_endurance_indicator"),
        *_statistics(read),
    )
    used = next((value for one in told if (value := number(one)) is not None), None)
    if used is None:
        left = min(_life_left(read), default=None)
        used = None if left is None else 100 - left
    beside = (number(log.get("available_spare")) or 0, number(log.get("available_spare_threshold")) or 0)
    if used is None or max(beside) > PERCENT_MAX < used:
        return None  # beside other bytes that nobody wrote, 255 is one of them
    return float(min(UNSET, used))


def attributes_of(read: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The rows of a SATA disk's table of attributes."""
    table = _nested(read, "ata_smart_attributes", "table")
    yield from (row for row in table if isinstance(row, dict)) if isinstance(table, list) else ()


def number(value: object) -> int | None:
    """A whole number of at most 63 bits that is not negative; None for all else, and where every bit is set."""
    if not isinstance(value, int) or isinstance(value, bool) or value in _ALL_ONES:
        return None
    return value if 0 <= value < 2**63 else None


def _ata_counters(read: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for row in attributes_of(read):
        known = _ATA.get(number(row.get("id")) or 0)
        raw = number(_nested(row, "raw", "value"))
        if known and raw is not None and _is_named(row, known[2]):
            yield known[0], raw & known[1]


def _is_named(row: Mapping[str, Any], pattern: str) -> bool:
    """Whether smartctl gives the attribute the meaning that its number usually has. One without a name keeps it."""
    name = row.get("name")
    if not isinstance(name, str):
        return name is None
    return _BOGUS.search(name) is None and re.search(pattern, name, re.IGNORECASE) is not None


def _scsi_counters(read: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """A SAS disk counts errors for reading, writing and verifying apart, and its grown defects in one number."""
    pages = read.get("scsi_error_counter_log")
    rows = pages.values() if isinstance(pages, dict) else ()
    found = [number(row.get("total_uncorrected_errors")) for row in rows if isinstance(row, dict)]
    known = [one for one in found if one is not None]
    if known:
        yield "media_errors", sum(known)
    grown = number(read.get("scsi_grown_defect_list"))
    if grown is not None:
        yield "reallocated_sectors", grown


def _statistics(read: Mapping[str, Any]) -> Iterator[object]:
    pages = _nested(read, "ata_device_statistics", "pages")
    for page in pages if isinstance(pages, list) else ():
        rows = page.get("table") if isinstance(page, dict) else None
        yield from (one.get("value") for one in rows or () if isinstance(one, dict) and one.get("name") == _STATISTIC)


def _life_left(read: Mapping[str, Any]) -> Iterator[int]:
    for row in attributes_of(read):
        value, name = number(row.get("value")), str(row.get("name", ""))
        is_life = _LEFT.search(name) or (number(row.get("id")) in _LIFE_NUMBERS and _LIFE.search(name))
        if is_life and value is not None and value in _NORMALIZED:
            yield value


def _nested(read: Mapping[str, Any], *names: str) -> Any:
    """What stands below these names; None where smartctl prints something else there."""
    found: Any = read
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found
