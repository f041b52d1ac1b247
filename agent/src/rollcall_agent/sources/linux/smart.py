"""Reads what a disk says of its own health, from `smartctl -j`, and tells noise from wear."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NO_ANSWER = 0b111
"""Exit bits 0 to 2: bad command, not opened (or asleep), command failed. No answer is no failure."""
FAILING = 1 << 3
"""Exit bit 3: the disk itself says that it is failing. Bits 5 to 7 speak of the past and stay set for years."""
LOW_16, LOW_32 = 0xFFFF, 0xFFFFFFFF
ATA: Mapping[int, tuple[str, int]] = {
    # Raw values are 48 bits into which makers pack other numbers (254 raw 8589934606 on a real disk): only the low
    # bits count. smartctl itself reads attribute 5 as 16 bits.
    5: ("reallocated_sectors", LOW_16),
    187: ("media_errors", LOW_16),
    197: ("pending_sectors", LOW_32),
    198: ("offline_uncorrectable", LOW_32),
    199: ("io_errors", LOW_32),
}
SPARE_BELOW, RELIABILITY_DEGRADED, READ_ONLY = 1 << 0, 1 << 2, 1 << 3
"""Bits of NVMe's critical_warning."""


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
    """No answer: the disk sleeps, speaks no SMART, or the agent may not ask it."""

    is_forbidden: bool


def parse(output: str) -> Smart | Silent:
    """What `smartctl -j -H -A` printed. `passed: true` is no health: a disk with 7 media errors says it, too."""
    try:
        read = json.loads(output)
        said = read["smartctl"]
        status = int(said["exit_status"])
    except (ValueError, LookupError, TypeError):
        return Silent(is_forbidden=False)
    if status & NO_ANSWER:
        texts = " ".join(str(one.get("string", "")) for one in said.get("messages", ()) if isinstance(one, dict))
        return Silent(is_forbidden="permi" in texts.lower())
    return _answered(read, status)


def _answered(read: Mapping[str, Any], status: int) -> Smart:
    nvme = read.get("nvme_smart_health_information_log")
    log: Mapping[str, Any] = nvme if isinstance(nvme, dict) else {}
    warning = _number(log.get("critical_warning")) or 0
    counters = dict(_ata_counters(read))
    counters |= {
        name: value for name in ("media_errors", "unsafe_shutdowns") if (value := _number(log.get(name))) is not None
    }
    spare, threshold = _number(log.get("available_spare")), _number(log.get("available_spare_threshold"))
    is_below = spare is not None and threshold is not None and spare < threshold
    return Smart(
        exit_status=status,
        is_failing=bool(status & FAILING) or _passed(read) is False or bool(warning & RELIABILITY_DEGRADED),
        is_spare_low=bool(warning & SPARE_BELOW) or is_below,
        is_read_only=bool(warning & READ_ONLY),
        wear_percent=_wear(read, log),
        counters=counters,
    )


def _ata_counters(read: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    found: dict[str, int] = {}
    for row in (read.get("ata_smart_attributes") or {}).get("table") or ():
        known = ATA.get(_number(row.get("id")) or 0)
        raw = _number((row.get("raw") or {}).get("value"))
        if known and raw is not None:
            found[known[0]] = raw & known[1]
    uncorrectable = found.pop("offline_uncorrectable", None)
    if uncorrectable is not None:
        found.setdefault("media_errors", uncorrectable)
    yield from found.items()


def _passed(read: Mapping[str, Any]) -> bool | None:
    passed = (read.get("smart_status") or {}).get("passed")
    return passed if isinstance(passed, bool) else None


def _wear(read: Mapping[str, Any], log: Mapping[str, Any]) -> float | None:
    used = _number((read.get("endurance_used") or {}).get("current_percent"))
    found = used if used is not None else _number(log.get("percentage_used"))
    return None if found is None else float(min(255, max(0, found)))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None
