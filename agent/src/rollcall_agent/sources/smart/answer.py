"""Reads what a disk says of its own health, from `smartctl -j`, and tells noise from wear."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rollcall_agent.sources.smart.counters import PERCENT_MAX, attributes_of, counters_of, number, wear_of

NOT_ASKED = 0b011
"""Exit bits 0 and 1: bad command, not opened (or asleep). Nothing was said, so nothing failed."""
FAILING = 1 << 3
"""Exit bit 3: the disk itself says that it is failing. Bits 5 to 7 speak of the past and stay set for years.

Bit 2 says that one of several commands failed (a SATA disk without an error log, say): what is there, counts.
"""
ANSWERS = ("smart_status", "ata_smart_attributes", "nvme_smart_health_information_log", "scsi_error_counter_log")
SPARE_BELOW, WARM, RELIABILITY_DEGRADED, READ_ONLY, BACKUP_FAILED, MEMORY_UNRELIABLE = (1 << bit for bit in range(6))
"""Bits of NVMe's critical_warning. Warmth is of this hour and no failure; the two highest bits are reserved."""
UNSET = 0xFF
"""What a byte says that nobody wrote: in critical_warning every bit would be set."""
Reason = Literal["forbidden", "too_old", "garbled"]
"""The agent may not ask the disk; smartctl is too old to say it; it printed nothing, or nothing that can be read."""
_OLD = re.compile(r"^smartctl [1-6]\.|UNRECOGNIZED OPTION|INVALID ARGUMENT|invalid option", re.MULTILINE)
_WARM_ATTRIBUTE = re.compile(r"temperature|airflow", re.IGNORECASE)
_SCSI_WARNING, _SCSI_TOO_WARM = 0x0B, 0x01
"""What a SAS disk answers to "are you well" while only its temperature is over a limit (SPC: ASC 0Bh, ASCQ 01h)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Smart:
    """One disk's answer. Counters it does not have are absent; `None` is not measured.

    Never used: NVMe's num_err_log_entries, which polling itself raises (1,548,554 seen on a healthy disk).
    """

    exit_status: int
    is_failing: bool
    is_spare_low: bool = False
    is_read_only: bool = False
    wear_percent: float | None = None
    counters: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Silent:
    """No answer, and the reason where something can be done about it; none: the disk sleeps or speaks no SMART."""

    why: Reason | None = None


def parse(output: str) -> Smart | Silent:
    """What `smartctl -j -H -A` printed. `passed: true` is no health: a disk with 7 media errors says it, too.

    smartctl before 7.0 knows no -j and answers with a complaint instead.
    """
    try:
        read = json.loads(output)
        said = read["smartctl"]
        status = int(said["exit_status"])
    except (ValueError, LookupError, TypeError):
        return Silent(why="too_old" if _OLD.search(output) else "garbled")
    if status & NOT_ASKED or not any(read.get(name) for name in ANSWERS):
        texts = " ".join(str(one.get("string", "")) for one in said.get("messages", ()) if isinstance(one, dict))
        return Silent(why="forbidden" if "permi" in texts.lower() else "too_old" if _OLD.search(texts) else None)
    return _answered(read, status)


def _answered(read: Mapping[str, Any], status: int) -> Smart:
    found = read.get("nvme_smart_health_information_log")
    log: Mapping[str, Any] = found if isinstance(found, dict) else {}
    warning = _warning(read, log)
    return Smart(
        exit_status=status,
        is_failing=_is_failing(read, status, warning),
        is_spare_low=bool((warning or 0) & SPARE_BELOW) or _is_spare_below(log),
        is_read_only=bool((warning or 0) & READ_ONLY),
        wear_percent=wear_of(read, log),
        counters=counters_of(read, log),
    )


def _is_failing(read: Mapping[str, Any], status: int, warning: int | None) -> bool:
    """An NVMe disk's `passed` and exit bit 3 only say that some warning bit is set, warmth too: each bit is read.

    So it is with other disks: of what foretells a failure, only their temperature may be beyond its limit.
    """
    if warning is not None:
        return bool(warning & (RELIABILITY_DEGRADED | BACKUP_FAILED | MEMORY_UNRELIABLE))
    return (bool(status & FAILING) or _health(read).get("passed") is False) and not _is_only_warm(read)


def _is_only_warm(read: Mapping[str, Any]) -> bool:
    scsi = _health(read).get("scsi")
    if isinstance(scsi, dict):
        return (scsi.get("asc"), scsi.get("ascq")) == (_SCSI_WARNING, _SCSI_TOO_WARM)
    failing = [row for row in attributes_of(read) if row.get("when_failed") == "now" and _foretells_failure(row)]
    return bool(failing) and all(_WARM_ATTRIBUTE.search(str(row.get("name"))) for row in failing)


def _foretells_failure(row: Mapping[str, Any]) -> bool:
    flags = row.get("flags")
    return bool(flags.get("prefailure", True)) if isinstance(flags, dict) else True


def _warning(read: Mapping[str, Any], log: Mapping[str, Any]) -> int | None:
    """NVMe's warning bits; None for other disks. A byte that nobody wrote warns of nothing."""
    nvme = _health(read).get("nvme")
    told = number(log.get("critical_warning"))
    if told is None and isinstance(nvme, dict):
        told = number(nvme.get("value"))
    return 0 if told == UNSET else told


def _is_spare_below(log: Mapping[str, Any]) -> bool:
    """Whether less is spare than the disk's own threshold; what is no percentage is neither.

    A disk that used nothing and has nothing to spare never wrote the two: where it is true, the warning bit says so.
    """
    spare, threshold = number(log.get("available_spare")), number(log.get("available_spare_threshold"))
    if spare is None or threshold is None or not (spare or number(log.get("percentage_used"))):
        return False
    return spare < threshold <= PERCENT_MAX


def _health(read: Mapping[str, Any]) -> Mapping[str, Any]:
    found = read.get("smart_status")
    return found if isinstance(found, dict) else {}
