"""Counts what the memory controller had to mend, and what it could not: only memory with ECC tells."""

from dataclasses import dataclass

from rollcall_agent.sources.counters import count
from rollcall_agent.sources.linux.files import folders, number
from rollcall_agent.sources.source import Host, Past, Source, Told


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """Errors since this start, over all controllers; None without ECC, which is no sign of health."""

    corrected: int | None
    uncorrected: int | None


def read(host: Host) -> Memory:
    """Sum the memory controllers' counters."""
    controllers = folders(host.path("sys/devices/system/edac/mc"), "mc[0-9]*")
    corrected = [found for one in controllers if (found := number(one / "ce_count")) is not None]
    uncorrected = [found for one in controllers if (found := number(one / "ue_count")) is not None]
    return Memory(
        corrected=sum(corrected) if corrected else None,
        uncorrected=sum(uncorrected) if uncorrected else None,
    )


def tell(memory: Memory, past: Past) -> Told:
    """A failure where errors were added since the last look."""
    named = {"corrected": memory.corrected, "uncorrected": memory.uncorrected}
    counts = {name: value for name, value in named.items() if value is not None}
    if not counts:
        return Told()
    counted = count(past.recall("memory"), counts, boot_id=past.boot_id, lifetime="boot")
    failures = tuple(
        past.failure("hardware", f"memory_{name}", count=grown, evidence={"delta": grown, "value": counts[name]})
        for name, grown in counted.growth.items()
    )
    return Told(failures=failures, mark=counted.mark, has_found=True)


SOURCE = Source(name="memory", rhythm="vitals", needs="nothing", read=read, tell=tell)
