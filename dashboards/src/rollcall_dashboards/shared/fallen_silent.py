"""Says whom pages mean by fallen silent: heard this term, not within two weeks, and not flagged as missing."""

from dataclasses import replace
from datetime import datetime, timedelta

from rollcall_collector.model.device import SILENT_DAYS, DeviceQuery

KNOWN_DAYS = 84
"""Who was last heard longer ago than twelve weeks is no news."""


def fallen_silent(query: DeviceQuery, now: datetime) -> DeviceQuery:
    """The same question, of those alone; a flag that calls a device missing tells of it already.

    Nor is a device fallen silent whose bridge is: that one is told of.
    """
    return replace(
        query,
        heard="silent",
        heard_since=now - timedelta(days=SILENT_DAYS),
        heard_from=now - timedelta(days=KNOWN_DAYS),
        not_named="missing",
        is_by_itself=True,
    )
