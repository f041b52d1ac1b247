"""Tells once a day how the built-in disks wear, and which of them begin to fail."""

from typing import Literal

from rollcall_agent.sources.disk_health import Storage, tell
from rollcall_agent.sources.linux.disks import fixed_disks
from rollcall_agent.sources.linux.files import number, text
from rollcall_agent.sources.smart import Reason, Silent, Smart, parse
from rollcall_agent.sources.source import Host, Source

Lack = Reason | Literal["absent", "late"]
LACKS: dict[Lack, str] = {
    "absent": "storage: smartctl is not installed (package smartmontools)",
    "forbidden": "storage: smartctl needs root",
    "too_old": "storage: smartctl is too old to be read, 7.0 or newer is needed",
    "late": "storage: a disk did not answer smartctl in time",
    "garbled": "storage: smartctl broke off, or its answer cannot be read",
}
TENTHS = {f"0x{tenth:02x}" for tenth in range(1, 12)}
EMMC_STEP_PERCENT = 10
EMMC_SPARE_URGENT = 3


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
    return Storage(disks=disks, missing=tuple(words for lack, words in LACKS.items() if lack in lacks))


def _ask(host: Host, name: str) -> Smart | Lack | None:
    """The disk's answer, why it gave none, or None where it sleeps or speaks no SMART."""
    ran = host.run(("smartctl", "-j", "-H", "-A", "-l", "error", "-n", "standby,3", f"/dev/{name}"))
    if ran is None:
        return "absent"
    if ran.is_late:
        return "late"
    found = parse(ran.output)
    return found.why if isinstance(found, Silent) else found


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
