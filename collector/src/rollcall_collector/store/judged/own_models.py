"""Says of which hardware models the devices in scope are, and how many there are of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_day
from rollcall_collector.store.judged.flags import listed
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import devices, verdicts

ModelKey: TypeAlias = tuple[str, str]
"""Platform and name, both empty where not known: as reports on models name them."""


@dataclass(kw_only=True, slots=True)
class OwnCount:
    """Devices in scope of one model and purchase year: in service, and named by the last judging."""

    in_service: int = 0
    named_replace: int = 0
    named_watch: int = 0


def models_in(connection: Connection, scope: Scope) -> set[ModelKey] | None:
    """Every model of which a device in scope was ever there; None where that is every model."""
    if scope.is_all:
        return None
    query = within(select(devices.c.platform, devices.c.model).distinct(), scope, devices.c.site)
    return {(row.platform or "", row.model or "") for row in connection.execute(query)}


def count_own(
    connection: Connection, scope: Scope, *, finding: str
) -> Mapping[ModelKey, Mapping[int | None, OwnCount]]:
    """For each model in scope and each year in which some were bought the count; `finding` is that which names."""
    lists = listed(connection, scope, finding)
    query = select(
        devices.c.device,
        devices.c.platform,
        devices.c.model,
        devices.c.purchased_on,
        devices.c.retired_on,
        verdicts.c.active_days,
    ).outerjoin(verdicts, verdicts.c.device == devices.c.device)
    found: dict[ModelKey, dict[int | None, OwnCount]] = {}
    for row in connection.execute(within(query, scope, devices.c.site)):
        year = None if row.purchased_on is None else from_day(row.purchased_on).year
        count = found.setdefault((row.platform or "", row.model or ""), {}).setdefault(year, OwnCount())
        if row.retired_on is None:
            count.in_service += bool(row.active_days)
            count.named_replace += lists.get(row.device) == "replace"
            count.named_watch += lists.get(row.device) == "watch"
    return found
