"""Reads how the bridges stand, and which sources of facts work on how many devices."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text

from rollcall_collector.store.instants import from_us
from rollcall_collector.store.tables import publishers


@dataclass(frozen=True, kw_only=True, slots=True)
class BridgeStanding:
    """One bridge that may speak. `heard_at` is None where it never did."""

    name: str
    platform: str | None
    is_ready: bool
    heard_at: datetime | None


def list_bridges(connection: Connection) -> tuple[BridgeStanding, ...]:
    """Every bridge that may speak, by name."""
    query = (
        select(publishers)
        .where(publishers.c.device.is_(None), publishers.c.revoked_us.is_(None))
        .order_by(publishers.c.name)
    )
    return tuple(
        BridgeStanding(
            name=row.name,
            platform=row.platform,
            is_ready=row.state == "ready",
            heard_at=None if row.last_heard_us is None else from_us(row.last_heard_us),
        )
        for row in connection.execute(query)
    )


def count_sources(connection: Connection, field: str) -> dict[str, int]:
    """On how many devices each source stands in this field of their newest inventory: `sources` work there."""
    each = (
        "json_each(device_states.inventory, '$.' || :field) AS told"
        if connection.dialect.name == "sqlite"
        else "jsonb_array_elements_text(inventory::jsonb -> CAST(:field AS text)) AS told (value)"
    )
    asked = f"SELECT told.value AS source, count(*) AS devices FROM device_states, {each} GROUP BY 1 ORDER BY 1"  # noqa: S608  # own words
    return {row.source: row.devices for row in connection.execute(text(asked), {"field": field})}
