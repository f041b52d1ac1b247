"""Tells how much room is left, and when the disk says of itself that it fails."""

from collections.abc import Mapping
from typing import Any

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.macos.programs import plist, whole
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.reports import Vitals

FAILING = "Failing"
"""Others are "Verified" and "Not Supported"; wear is told to nobody but smartctl."""


def read(host: Host) -> Mapping[str, Any]:
    """What the disk tool says of the system's volume."""
    return plist(host.run(("diskutil", "info", "-plist", "/")))


def tell(stated: Mapping[str, Any], past: Past) -> Told:
    """The room that is left, and a failure when the disk begins to fail."""
    room = whole(stated.get("APFSContainerFree", stated.get("FreeSpace")))
    is_failing = stated.get("SMARTStatus") == FAILING
    was_failing = bool(marked(past.recall("storage")).get("is_failing")) and not past.is_asked_anew
    return Told(
        vitals=None if room is None else Vitals(storage_free_bytes=room),
        failures=(past.failure("storage", "smart_failing"),) if is_failing and not was_failing else (),
        mark=marking(is_failing=is_failing) if stated else None,
        has_found=bool(stated),
    )


SOURCE = Source(name="storage", rhythm="daily", needs="nothing", read=read, tell=tell)
