"""Counts what hardware and system complained of in the system log: numbers only, of this device's own parts."""

from collections import Counter
from dataclasses import dataclass

from rollcall_agent.sources.counters import marked
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_agent.sources.windows import volumes
from rollcall_agent.sources.windows.log import channel
from rollcall_agent.sources.windows.log.channel import Cursor, Reading
from rollcall_agent.sources.windows.log.event import Event, Key
from rollcall_wire.codes import Channel

WHEA = "microsoft-windows-whea-logger"
SERVICES = "service control manager"
Fault = tuple[Channel, str]
FATAL = (1, 18, 20, 22, 24, 26, 29)
FAULTS: dict[Key, Fault] = {
    **{(WHEA, number): ("hardware", "machine_check") for number in FATAL},
    (WHEA, 16): ("hardware", "pcie_error"),
    (WHEA, 17): ("hardware", "pcie_error"),
    (WHEA, 46): ("hardware", "memory_uncorrected"),
    (WHEA, 47): ("hardware", "memory_corrected"),
    ("disk", 7): ("storage", "media_errors"),
    ("disk", 11): ("storage", "io_error"),
    ("disk", 51): ("storage", "io_error"),
    ("disk", 52): ("storage", "smart_failing"),
    ("disk", 153): ("storage", "io_error"),
    ("disk", 154): ("storage", "io_error"),
    ("ntfs", 55): ("storage", "filesystem_error"),
    ("microsoft-windows-ntfs", 55): ("storage", "filesystem_error"),
    ("display", 4101): ("crash", "gpu_reset"),
    (SERVICES, 7031): ("crash", "service_failed"),
    (SERVICES, 7034): ("crash", "service_failed"),
}
"""Which record is which failure. Left out: what stands in the log at every start (Service Control Manager 7026, Ntfs
98) and on healthy devices (Storport 548, Kernel-WHEA 42); corrected errors of the processor, which has no code."""
ONCE_A_DAY: frozenset[Key] = frozenset({(WHEA, 17)})
"""A flood on some chipsets that are well: one a day says as much."""
IS_BROKEN_OFF = "system_log: the log was cleared or overwritten during this start: some of its failures are unknown"
WANTED = {
    provider: frozenset(number for writer, number in FAULTS if writer == provider)
    for provider in dict.fromkeys(writer for writer, _ in FAULTS)
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LogReading:
    """The records since the last look; which disks are built in, and which drive is the system's, where known."""

    log: Reading
    own_disks: frozenset[int] | None
    system_drive: int | None


def read(host: Host) -> LogReading:
    """The records since the last look; on a first look only where the log ends: nobody knows how old it is."""
    log = channel.read("System", WANTED, Cursor.of(host.recall("system_log")))
    return LogReading(log=log, own_disks=volumes.own_disks(), system_drive=volumes.system_drive())


def tell(reading: LogReading, past: Past) -> Told:
    """A failure for each kind of fault since the last look."""
    log = reading.log
    if log.state == "forbidden":
        return Told(missing=("system_log: reading the system log is forbidden to the agent",))
    if log.end is None:
        return Told()
    mark = marked(past.recall("system_log"))
    broken = past.boot_id if log.is_broken_off else mark.get("broken")
    today, day = past.moment.now.date().isoformat(), mark.get("day")
    counts = count_faults(log.events, own_disks=reading.own_disks, system_drive=reading.system_drive)
    once = {FAULTS[key] for key in ONCE_A_DAY & {event.key for event in log.events}}
    if day == today:
        counts = {fault: count for fault, count in counts.items() if fault not in once}
    failures = tuple(
        past.failure(*fault, count=1 if fault in once else count, evidence={"delta": count})
        for fault, count in counts.items()
    )
    return Told(
        failures=failures,
        mark=log.end.mark(day=today if once else day, broken=broken),
        missing=(IS_BROKEN_OFF,) if broken == past.boot_id else (),
        has_found=True,
    )


def count_faults(
    events: tuple[Event, ...], *, own_disks: frozenset[int] | None = None, system_drive: int | None = None
) -> dict[Fault, int]:
    """How often each fault was logged, of what belongs to the device: a stick pulled out is an error of the stick.

    Without knowing which disks are built in, all are taken for it.
    """
    found: Counter[Fault] = Counter()
    for event in events:
        fault = FAULTS.get(event.key)
        disk, drive = event.numbers.get("disk"), event.numbers.get("drive")
        is_foreign_disk = own_disks is not None and disk is not None and disk not in own_disks
        is_foreign_drive = system_drive is not None and drive is not None and drive != system_drive
        if fault and not is_foreign_disk and not is_foreign_drive and "is_own" not in event.numbers:
            found[fault] += 1
    return dict(found)


SOURCE = Source(name="system_log", rhythm="vitals", needs="nothing", read=read, tell=tell)
