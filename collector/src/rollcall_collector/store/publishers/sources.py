"""Reads which sources of facts work on how many devices."""

from sqlalchemy import Connection, text


def count_sources(connection: Connection, field: str) -> dict[str, int]:
    """On how many devices each source stands in this field of their newest inventory: `sources` work there."""
    each = (
        "json_each(device_states.inventory, '$.' || :field) AS told"
        if connection.dialect.name == "sqlite"
        else "jsonb_array_elements_text(inventory::jsonb -> CAST(:field AS text)) AS told (value)"
    )
    asked = f"SELECT told.value AS source, count(*) AS devices FROM device_states, {each} GROUP BY 1 ORDER BY 1"  # noqa: S608  # own words
    return {row.source: row.devices for row in connection.execute(text(asked), {"field": field})}
