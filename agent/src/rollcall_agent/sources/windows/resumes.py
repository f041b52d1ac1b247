"""Tells of the starts at which Windows only goes on: fast starts, and wake-ups from hibernation and sleep."""

import hashlib
from collections.abc import Iterator
from typing import Literal

from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_agent.sources.windows.log import channel
from rollcall_agent.sources.windows.log.channel import Cursor, Reading
from rollcall_agent.sources.windows.log.event import Event
from rollcall_agent.sources.windows.log.starts import BOOT
from rollcall_agent.sources.windows.log.trace import MILLI, SECONDS_MAX
from rollcall_wire.reports import Boot

TROUBLESHOOTER = "microsoft-windows-power-troubleshooter"
WOKEN, TYPED = (TROUBLESHOOTER, 1), (BOOT, 27)
WANTED = {TROUBLESHOOTER: frozenset({1}), BOOT: frozenset({27})}
HIBERNATED, SHUT_DOWN = 5, 6
FAST, RESUMED = 1, 2
NEAR_RECORDS = 150
"""Both records of one resume stand this near to each other."""


def read(host: Host) -> Reading:
    """The records since the last look; on a first look only where the log ends."""
    return channel.read("System", WANTED, Cursor.of(host.recall("resumes")))


def tell(reading: Reading, past: Past) -> Told:
    """One report a resume, with the parts that Windows measured; how long all took to the login nobody measured."""
    if reading.end is None:
        return Told()
    boots = tuple(_boot(group, past) for group in _groups(reading.events))
    return Told(more_boots=boots, mark=reading.end.mark(), has_found=True)


def _groups(events: tuple[Event, ...]) -> Iterator[list[Event]]:
    """The records of each resume: the kernel's word that it was one, and what it took; often only one of the two."""
    group: list[Event] = []
    for event in events:
        is_resumed = event.key == WOKEN or event.numbers.get("BootType") in {FAST, RESUMED}
        if event.key not in {WOKEN, TYPED} or not is_resumed:
            continue
        is_other = any(one.key == event.key or event.record - one.record > NEAR_RECORDS for one in group)
        if group and is_other:
            yield group
            group = []
        group.append(event)
    if group:
        yield group


def _boot(group: list[Event], past: Past) -> Boot:
    last = group[-1]
    numbers = {name: value for event in group for name, value in event.numbers.items()}
    at = min(last.at or past.moment.now, past.moment.now)
    name = hashlib.sha256(f"{past.boot_id}:{last.record}:{at.isoformat()}".encode()).hexdigest()[:32]
    return Boot(
        boot_id=name,
        booted_at=at,
        source="event_log",
        start_kind=_kind(numbers),
        firmware_seconds=_seconds(numbers.get("BiosInitDuration")),
        loader_seconds=_seconds(numbers.get("HiberReadDuration")),
        kernel_seconds=_seconds(numbers.get("WakeDuration")),
        previous_stop="clean",
    )


def _kind(numbers: dict[str, int]) -> Literal["fast", "resume"]:
    """A fast start is a shutdown to the user and a hibernation to the kernel."""
    was_shut_down = numbers.get("TargetState") == SHUT_DOWN and numbers.get("EffectiveState") == HIBERNATED
    return "fast" if was_shut_down or numbers.get("BootType") == FAST else "resume"


def _seconds(milliseconds: int | None) -> float | None:
    # Zero stands where there was nothing to measure: a device that only slept ran no firmware.
    if not milliseconds or milliseconds > SECONDS_MAX * MILLI:
        return None
    return round(milliseconds / MILLI, 3)


SOURCE = Source(name="resumes", rhythm="vitals", needs="nothing", read=read, tell=tell)
