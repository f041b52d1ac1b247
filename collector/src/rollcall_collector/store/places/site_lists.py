"""Takes along who sees a site, people, programs and rules, when it is merged, and brings both back."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from rollcall_collector.store.tables import person_sites, program_sites, role_rule_sites

_LISTS: tuple[tuple[Table, str, str, str], ...] = (
    (person_sites, "person", "people", "joined"),
    (program_sites, "program", "programs", "joined_programs"),
    (role_rule_sites, "rule", "rules", "joined_rules"),
)
"""Each table with the column that names who has the site, and under which names a change remembers them."""


def remember(connection: Connection, site: int) -> dict[str, list[int]]:
    """Who has this site, as JSON can hold it."""
    return {
        name: list(connection.execute(select(table.c[who]).where(table.c.site == site)).scalars())
        for table, who, name, _ in _LISTS
    }


def join(connection: Connection, before: Mapping[str, Any], target: int) -> dict[str, list[int]]:
    """Give the target to whoever had the site; returns who had it not before."""
    joined: dict[str, list[int]] = {}
    for table, who, name, joining in _LISTS:
        here = set(connection.execute(select(table.c[who]).where(table.c.site == target)).scalars())
        joined[joining] = sorted(set(before[name]) - here)
        if joined[joining]:
            connection.execute(insert(table), [{who: one, "site": target} for one in joined[joining]])
    return joined


def bring_back(connection: Connection, before: Mapping[str, Any], site: int, target: int | None) -> None:
    """Give the site back to whoever had it and is still there, and the target only to who had that, too."""
    for table, who, name, joining in _LISTS:
        key = next(iter(table.c[who].foreign_keys)).column
        had = select(key).where(key.in_(before.get(name, ())))
        again = [{who: one, "site": site} for one in connection.execute(had).scalars()]
        if again:
            connection.execute(insert(table), again)
        connection.execute(delete(table).where(table.c.site == target, table.c[who].in_(before.get(joining, ()))))


def drop(connection: Connection, site: int) -> None:
    """Nobody has the site any more."""
    for table, *_ in _LISTS:
        connection.execute(delete(table).where(table.c.site == site))
