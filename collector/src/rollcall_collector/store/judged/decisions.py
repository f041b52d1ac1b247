"""Reads what people were done with, and what they dismissed: from when on the facts of a device speak again."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, func, select

from rollcall_collector.store.instants import local_day
from rollcall_collector.store.tables import decisions, devices, flags, sites

DECIDED = (
    flags.join(decisions, decisions.c.flag == flags.c.flag)
    .join(devices, devices.c.device == flags.c.device)
    .outerjoin(sites, sites.c.site == devices.c.site)
)
"""Every decision with its flag, and the site in whose zone its day counts."""
ZONE = func.coalesce(sites.c.zone, "").label("zone")
_DECIDED: Select[Any] = (
    select(
        flags.c.device,
        flags.c.finding,
        decisions.c.action,
        decisions.c.decided_us,
        ZONE,
    )
    .select_from(DECIDED)
    .order_by(decisions.c.decision)
)


def settled(connection: Connection, keys: Iterable[int] | None = None) -> dict[int, dict[str, int]]:
    """For each device (or these) the findings that people called done, and on which day (since 1970-01-01).

    A decision taken back settles nothing, and a dismissal neither: it changes what is done, not what was seen.
    """
    query = _DECIDED if keys is None else _DECIDED.where(flags.c.device.in_(tuple(keys)))
    taken: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        those = taken[row.device, row.finding]
        if row.action != "reopen":
            those.append(row)
        elif those:
            those.pop()
    done: dict[int, dict[str, int]] = defaultdict(dict)
    for (device, finding), those in taken.items():
        for row in those:
            if row.action == "finish":
                done[device][finding] = local_day(row.decided_us, row.zone)
    return done


def dismissed_on(connection: Connection, finding: str) -> dict[int, int]:
    """The devices whose flag of this finding is dismissed, and on which day (since 1970-01-01)."""
    query = _DECIDED.where(flags.c.finding == finding, flags.c.state == "dismissed", decisions.c.action == "dismiss")
    return {row.device: local_day(row.decided_us, row.zone) for row in connection.execute(query)}
