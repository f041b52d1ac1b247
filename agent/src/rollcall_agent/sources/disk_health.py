"""Tells once a day how the built-in disks wear, and which of them begin to fail, whoever asked them."""

from collections.abc import Mapping
from dataclasses import dataclass

from rollcall_agent.sources.counters import count, marked, marking
from rollcall_agent.sources.smart import Smart
from rollcall_agent.sources.source import Past, Told
from rollcall_wire.codes import Evidence
from rollcall_wire.reports import Failure, Vitals

CODES = {
    "media_errors": "media_errors",
    "offline_uncorrectable": "media_errors",
    "reallocated_sectors": "reallocated_sectors",
    "pending_sectors": "pending_sectors",
    "io_errors": "io_error",
}
"""Which growing counter is which failure. Unsafe stops are told by the boot that follows them."""
PASSING = frozenset({"pending_sectors", "offline_uncorrectable"})
"""Sectors that leave these counts again when they are written or replaced: what comes and goes does not grow."""
CONDITIONS = ("smart_failing", "spare_low", "read_only")


@dataclass(frozen=True, kw_only=True, slots=True)
class Storage:
    """Every built-in disk that answered, by its key; and in words why others did not, where there is a way out."""

    disks: Mapping[str, Smart]
    missing: tuple[str, ...] = ()


def tell(storage: Storage, past: Past) -> Told:
    """Vitals over all disks; failures where a counter grew, or a standing condition began."""
    if not storage.disks:
        return Told(missing=storage.missing)
    mark = past.recall("storage")
    counts = {f"{key}:{name}": value for key, disk in storage.disks.items() for name, value in disk.counters.items()}
    passing = frozenset(name for name in counts if name.partition(":")[2] in PASSING)
    counted = count(mark, counts, boot_id=past.boot_id, lifetime="disk", passing=passing)
    failures = [
        past.failure("storage", code, count=grown, evidence={"delta": grown, "value": counts[name]})
        for name, grown in counted.growth.items()
        if (code := CODES.get(name.partition(":")[2]))
    ]
    standing = sorted(f"{key}:{name}" for key, disk in storage.disks.items() for name in _conditions(disk))
    known = set() if past.is_asked_anew else set(marked(mark).get("standing") or ())
    failures += [_begun(one, storage, past) for one in standing if one not in known]
    unread = [one for one in sorted(known) if one.partition(":")[0] not in storage.disks]
    return Told(
        vitals=_vitals(storage.disks),
        failures=tuple(failures),
        mark=marking(**{**marked(counted.mark), "standing": standing + unread}),
        missing=storage.missing,
        has_found=True,
    )


def _conditions(disk: Smart) -> list[str]:
    holds = (disk.is_failing, disk.is_spare_low, disk.is_read_only)
    return [name for name, is_so in zip(CONDITIONS, holds, strict=True) if is_so]


def _begun(condition: str, storage: Storage, past: Past) -> Failure:
    key, _, code = condition.partition(":")
    disk = storage.disks[key]
    evidence: dict[Evidence, float] = {"exit_status": disk.exit_status}
    if code == "spare_low" and disk.wear_percent is not None:
        evidence["percent"] = disk.wear_percent
    return past.failure("storage", code, evidence=evidence)


def _vitals(disks: Mapping[str, Smart]) -> Vitals:
    return Vitals(
        storage_wear_percent=max(
            (one.wear_percent for one in disks.values() if one.wear_percent is not None), default=None
        ),
        media_errors=_sum(disks, "media_errors", "offline_uncorrectable"),
        reallocated_sectors=_sum(disks, "reallocated_sectors"),
        pending_sectors=_sum(disks, "pending_sectors"),
        unsafe_stops=_sum(disks, "unsafe_shutdowns"),
    )


def _sum(disks: Mapping[str, Smart], *names: str) -> int | None:
    known = [one.counters[name] for one in disks.values() for name in names if name in one.counters]
    return sum(known) if known else None
