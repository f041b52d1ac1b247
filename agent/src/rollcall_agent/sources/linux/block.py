"""Counts commands that built-in disks answered with an error since the last look."""

from collections.abc import Mapping

from rollcall_agent.sources.counters import count, marked
from rollcall_agent.sources.linux.disks import fixed_disks
from rollcall_agent.sources.linux.files import number
from rollcall_agent.sources.source import Host, Past, Source, Told

NOISE = 8
"""Growth below this is what asking a disk for its health, or waking it, may add by itself."""


def read(host: Host) -> Mapping[str, int]:
    """SATA and SCSI disks' `ioerr_cnt`, in hexadecimal; NVMe keeps none."""
    found = {disk.key: number(host.path("sys/block") / disk.name / "device/ioerr_cnt") for disk in fixed_disks(host)}
    return {key: value for key, value in found.items() if value is not None}


def tell(errors: Mapping[str, int], past: Past) -> Told:
    """A failure where a disk's errors grew beyond noise within one start: start-up raises them, too."""
    if not errors:
        return Told()
    mark = past.recall("block")
    counted = count(mark, errors, boot_id=past.boot_id, lifetime="boot")
    has_same_start = marked(mark).get("boot") == past.boot_id
    failures = tuple(
        past.failure("storage", "io_error", count=grown, evidence={"delta": grown, "value": errors[key]})
        for key, grown in counted.growth.items()
        if has_same_start and grown >= NOISE
    )
    return Told(failures=failures, mark=counted.mark, has_found=True)


SOURCE = Source(name="block", rhythm="vitals", needs="nothing", read=read, tell=tell)
