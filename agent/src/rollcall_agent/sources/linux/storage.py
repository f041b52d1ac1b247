"""Tells once a day how the built-in disks wear, and which of them begin to fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rollcall_agent.sources.counters import count, marked, marking
from rollcall_agent.sources.linux.disks import fixed_disks
from rollcall_agent.sources.linux.files import number, text
from rollcall_agent.sources.linux.smart import Reason, Silent, Smart, parse
from rollcall_agent.sources.source import Host, Past, Source, Told
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
Lack = Reason | Literal["absent", "late"]
LACKS: dict[Lack, str] = {
    "absent": "storage: smartctl is not installed (package smartmontools)",
    "forbidden": "storage: smartctl needs root",
    "too_old": "storage: smartctl is too old to be read, 7.0 or newer is needed",
    "late": "storage: a disk did not answer smartctl in time",
    "garbled": "storage: smartctl broke off, or its answer cannot be read",
}
CONDITIONS = ("smart_failing", "spare_low", "read_only")
TENTHS = {f"0x{tenth:02x}" for tenth in range(1, 12)}
EMMC_STEP_PERCENT = 10
EMMC_SPARE_URGENT = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Storage:
    """Every built-in disk that answered, by its key; and why others did not, where something can be done about it."""

    disks: Mapping[str, Smart]
    lacks: frozenset[Lack] = frozenset()


def read(host: Host) -> Storage:
    """Ask each disk once, without waking a sleeping one."""
    disks: dict[str, Smart] = {}
    lacks: set[Lack] = set()
    for disk in fixed_disks(host):
        if card := _emmc(host, disk.name):
            disks[disk.key] = card
        if not disk.has_smart:
            continue
        match _ask(host, disk.name):
            case Smart() as smart:
                disks[disk.key] = smart
            case None:
                pass
            case lack:
                lacks.add(lack)
    return Storage(disks=disks, lacks=frozenset(lacks))


def _ask(host: Host, name: str) -> Smart | Lack | None:
    """The disk's answer, why it gave none, or None where it sleeps or speaks no SMART."""
    ran = host.run(("smartctl", "-j", "-H", "-A", "-l", "error", "-n", "standby,3", f"/dev/{name}"))
    if ran is None:
        return "absent"
    if ran.is_late:
        return "late"
    found = parse(ran.output)
    return found.why if isinstance(found, Silent) else found


def tell(storage: Storage, past: Past) -> Told:
    """Vitals over all disks; failures where a counter grew, or a standing condition began."""
    missing = tuple(words for lack, words in LACKS.items() if lack in storage.lacks)
    if not storage.disks:
        return Told(missing=missing)
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
        missing=missing,
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


def _emmc(host: Host, name: str) -> Smart | None:
    # An eMMC tells its wear in tenths of its rated life (0x01 is up to 10 %, 0x0b beyond) for two kinds of cells.
    device = host.path("sys/block") / name / "device"
    said = (text(device / "life_time") or "").split()
    worst = max((int(one, 16) for one in said if one.lower() in TENTHS), default=0)
    if not worst:
        return None
    return Smart(
        exit_status=0,
        is_failing=False,
        is_spare_low=number(device / "pre_eol_info") == EMMC_SPARE_URGENT,
        wear_percent=float(worst * EMMC_STEP_PERCENT),
        counters={},
    )


SOURCE = Source(name="storage", rhythm="daily", needs="smartctl, and root to ask it", read=read, tell=tell)
