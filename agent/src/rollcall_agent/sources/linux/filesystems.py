"""Tells how much room is left on the system disk, and counts errors that built-in file systems have noticed."""

from collections.abc import Mapping
from dataclasses import dataclass

from rollcall_agent.sources.counters import count
from rollcall_agent.sources.linux.disks import is_fixed
from rollcall_agent.sources.linux.files import folders, number, text
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.reports import Vitals


@dataclass(frozen=True, kw_only=True, slots=True)
class Filesystems:
    """Free bytes for programs on `/`, and error counters by device; they live in the file system, not in the boot."""

    free_bytes: int | None
    errors: Mapping[str, int]


def read(host: Host) -> Filesystems:
    """The kernel's own counters: ext4's in its superblock, btrfs's by device. A stick's errors are none of ours."""
    return Filesystems(free_bytes=_free_bytes(host), errors={**_ext4(host), **_btrfs(host)})


def tell(systems: Filesystems, past: Past) -> Told:
    """Free space as a vital; a failure where errors were added. fsck sets the counters back: that is no failure."""
    vitals = None if systems.free_bytes is None else Vitals(storage_free_bytes=systems.free_bytes)
    if not systems.errors:
        return Told(vitals=vitals, has_found=vitals is not None)
    counted = count(past.recall("filesystems"), systems.errors, boot_id=past.boot_id, lifetime="device")
    grown = sum(counted.growth.values())
    value = sum(systems.errors.values())
    failure = past.failure(
        "storage", "filesystem_error", count=max(1, grown), evidence={"delta": grown, "value": value}
    )
    return Told(vitals=vitals, failures=(failure,) if grown else (), mark=counted.mark, has_found=True)


def parse_btrfs(said: str) -> int:
    """The sum of a btrfs device's `error_stats`: lines such as `write_errs 0`."""
    values = [line.split()[1] for line in said.splitlines() if len(line.split()) == 2]  # noqa: PLR2004  # name, value
    return sum(int(value) for value in values if value.isdecimal())


def _free_bytes(host: Host) -> int | None:
    import psutil  # noqa: PLC0415  # as in `inventory`

    try:
        return int(psutil.disk_usage(str(host.root)).free)
    except OSError:
        return None


def _ext4(host: Host) -> dict[str, int]:
    counters = folders(host.path("sys/fs/ext4"), "*/errors_count")
    return {
        f"ext4:{one.parent.name}": value
        for one in counters
        if is_fixed(host, one.parent.name) and (value := number(one)) is not None
    }


def _btrfs(host: Host) -> dict[str, int]:
    found: dict[str, int] = {}
    for volume in folders(host.path("sys/fs/btrfs"), "*-*"):
        if all(is_fixed(host, one.name) for one in folders(volume / "devices")):
            for one in folders(volume, "devinfo/*/error_stats"):
                found[f"btrfs:{volume.name}:{one.parent.name}"] = parse_btrfs(text(one) or "")
    return found


SOURCE = Source(name="filesystems", rhythm="vitals", needs="nothing", read=read, tell=tell)
