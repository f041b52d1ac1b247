"""Counts how often the system ended a program for lack of memory: the number only, never which."""

from rollcall_agent.sources.counters import count
from rollcall_agent.sources.linux.files import text
from rollcall_agent.sources.source import Host, Past, Source, Told


def read(host: Host) -> int | None:
    """Kills since this start, or None where the kernel does not count them (before 4.13)."""
    for line in (text(host.path("proc/vmstat")) or "").splitlines():
        name, _, value = line.partition(" ")
        if name == "oom_kill" and value.isdecimal():
            return int(value)
    return None


def tell(kills: int | None, past: Past) -> Told:
    """A failure where kills were added since the last look."""
    if kills is None:
        return Told()
    counted = count(past.recall("out_of_memory"), {"kills": kills}, boot_id=past.boot_id, lifetime="boot")
    failures = tuple(
        past.failure("memory", "out_of_memory_kill", count=grown, evidence={"delta": grown, "value": kills})
        for grown in counted.growth.values()
    )
    return Told(failures=failures, mark=counted.mark, has_found=True)


SOURCE = Source(name="out_of_memory", rhythm="vitals", needs="nothing", read=read, tell=tell)
