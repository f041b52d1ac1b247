"""Reads a drive's own counters by the rules their makers and large operators publish, and says which rule spoke."""

from dataclasses import dataclass
from enum import Enum

_EMMC_END_OF_LIFE = 2  # PRE_EOL_INFO: 1 normal, 2 warning, 3 urgent
_EMMC_LIFE_SPENT = 0x0A  # DEVICE_LIFE_TIME_EST: 90 to 100 % of the rated life used
WORN_PERCENT = 100
_NVME_REPLACE = 0b1_1101  # spare low, reliability degraded, read-only, backup failed; bit 1 is temperature

BACKBLAZE = "Backblaze's published practice with SMART 5, 187, 188, 197, 198"
NVME = "published by NVM Express, SMART / Health Information log"
EMMC = "published by JEDEC, eMMC 5.1, EXT_CSD"


class DriveAction(Enum):
    """What a drive rule asks for: keep an eye on it, or replace the drive (not the device)."""

    WATCH = "watch"
    REPLACE_DRIVE = "replace drive"


@dataclass(frozen=True, kw_only=True, slots=True)
class DriveCounters:
    """What a drive says of itself; None is not measured, and then no rule speaks. Percent as the drive counts it."""

    reallocated_sectors: int | None = None  # SMART 5
    uncorrectable_errors: int | None = None  # SMART 187
    command_timeouts: int | None = None  # SMART 188
    pending_sectors: int | None = None  # SMART 197
    offline_uncorrectable: int | None = None  # SMART 198
    media_errors: int | None = None  # NVMe
    critical_warning: int | None = None  # NVMe, a bit mask
    spare_percent: float | None = None  # NVMe
    spare_least_percent: float | None = None  # NVMe
    wear_percent: float | None = None  # NVMe percentage_used
    emmc_end_of_life: int | None = None
    emmc_life_used: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DriveFinding:
    """One rule that spoke: the counter, its value, its value 30 days before (None: not compared), and the source."""

    action: DriveAction
    counter: str
    value: float
    before: float | None
    source: str


_SATA = (
    "reallocated_sectors",
    "uncorrectable_errors",
    "command_timeouts",
    "pending_sectors",
    "offline_uncorrectable",
)
_SATA_GROWING = ("uncorrectable_errors", "pending_sectors", "offline_uncorrectable")


def judge_drive(now: DriveCounters, month_ago: DriveCounters | None = None) -> tuple[DriveFinding, ...]:
    """Every rule that speaks, the worst first; nothing is found where nothing was measured.

    One error ever is a reason to watch: in a fleet with 1.5 % failures a year only about one such drive in five fails.
    Errors that grew within 30 days ask for the drive's replacement. Wear at 100 % is rated life spent, not failure.
    """
    found = [*_sata(now, month_ago), *_nvme(now, month_ago), *_emmc(now)]
    return tuple(sorted(found, key=lambda one: one.action is DriveAction.WATCH))


def _sata(now: DriveCounters, month_ago: DriveCounters | None) -> list[DriveFinding]:
    found = []
    for counter in _SATA:
        value, before = getattr(now, counter), getattr(month_ago, counter, None)
        if not value:
            continue
        has_grown = counter in _SATA_GROWING and before is not None and value > before
        action = DriveAction.REPLACE_DRIVE if has_grown else DriveAction.WATCH
        found.append(DriveFinding(action=action, counter=counter, value=value, before=before, source=BACKBLAZE))
    return found


def _nvme(now: DriveCounters, month_ago: DriveCounters | None) -> list[DriveFinding]:
    found = []

    def add(action: DriveAction, counter: str, value: float, before: float | None = None) -> None:
        found.append(DriveFinding(action=action, counter=counter, value=value, before=before, source=NVME))

    if now.critical_warning:
        is_grave = bool(now.critical_warning & _NVME_REPLACE)
        add(DriveAction.REPLACE_DRIVE if is_grave else DriveAction.WATCH, "critical_warning", now.critical_warning)
    spare, least = now.spare_percent, now.spare_least_percent
    if spare is not None and least is not None and spare < least:
        add(DriveAction.REPLACE_DRIVE, "spare_percent", spare)
    if now.media_errors:
        before = month_ago.media_errors if month_ago else None
        has_grown = before is not None and now.media_errors > before
        add(DriveAction.REPLACE_DRIVE if has_grown else DriveAction.WATCH, "media_errors", now.media_errors, before)
    if now.wear_percent is not None and now.wear_percent >= WORN_PERCENT:
        add(DriveAction.WATCH, "wear_percent", now.wear_percent)
    return found


def _emmc(now: DriveCounters) -> list[DriveFinding]:
    limits = (("emmc_end_of_life", _EMMC_END_OF_LIFE), ("emmc_life_used", _EMMC_LIFE_SPENT))
    return [
        DriveFinding(action=DriveAction.WATCH, counter=counter, value=value, before=None, source=EMMC)
        for counter, limit in limits
        if (value := getattr(now, counter)) is not None and value >= limit
    ]
