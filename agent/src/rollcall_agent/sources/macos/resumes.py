"""Tells of wake-ups from the power log: of each line only when it was, and that it is one."""

import hashlib
import re
from datetime import UTC, datetime

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.reports import Boot

ASKED = "pmset -g log | grep -E '^[-0-9: +]+ Wake[[:space:]]' | grep -v 'Wake Requests' | tail -n 400"
"""The log names the programs that keep a device awake: those lines are dropped before anybody reads them."""
_WAKE = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}) Wake\s+(?:Wake|DarkWake to FullWake) from ", re.MULTILINE
)
"""Not DarkWake alone: then nobody sees the screen."""


def read(host: Host) -> tuple[datetime, ...]:
    """When the device woke up, as far back as the last lines of the log tell."""
    ran = host.run(("/bin/sh", "-c", ASKED))
    return parse(ran.output if ran else "")


def parse(output: str) -> tuple[datetime, ...]:
    """The instants of full wake-ups, in the order of the log."""
    return tuple(at for text in _WAKE.findall(output) if (at := _instant(text)) is not None)


def tell(woken: tuple[datetime, ...], past: Past) -> Told:
    """A start of the kind `resume` for each since the last look; on a first look none: all are old."""
    if not woken:
        return Told()
    seen = marked(past.recall("resumes")).get("at")
    last = max(woken).timestamp()
    boots = tuple(_boot(at, past) for at in woken if isinstance(seen, int | float) and at.timestamp() > seen)
    return Told(more_boots=boots, mark=marking(at=max(last, seen or 0.0)), has_found=True)


def _boot(at: datetime, past: Past) -> Boot:
    return Boot(
        boot_id=hashlib.sha256(f"{past.boot_id}:{at.timestamp()}".encode()).hexdigest()[:32],
        booted_at=min(at, past.moment.now),
        source="uptime",
        start_kind="resume",
        previous_stop="clean",
    )


def _instant(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


SOURCE = Source(name="resumes", rhythm="vitals", needs="nothing", read=read, tell=tell)
