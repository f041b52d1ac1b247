"""Says how many flags of a kind are open and what was decided lately, without reading every flag of a large fleet."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from typing import Any

from sqlalchemy import Connection, func, select

from rollcall_collector.model.flag import Flag
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import VERDICTS, Verdict
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.judged.flags import find_flags
from rollcall_collector.store.judged.open_flags import worst_open
from rollcall_collector.store.scoping import of_devices
from rollcall_collector.store.tables import carts, decisions, devices, flags, sites


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenFlag:
    """One open flag, as far as a line about it needs."""

    device_id: str
    device_name: str
    site: str | None
    cart: str | None
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenGroup:
    """The devices whose worst open flag is of one finding and verdict: how many, how many new, the first few."""

    finding: str
    verdict: Verdict
    count: int
    new: int
    first: tuple[OpenFlag, ...]


def group_open(
    connection: Connection, scope: Scope, *, at_most: int = 4, new_since: datetime | None = None
) -> tuple[OpenGroup, ...]:
    """Devices in service by what their worst open flag asks for, worst first; of each the `at_most` oldest flags.

    A device is counted once, however many rules name it. New are flags opened since `new_since`.
    """
    worst = worst_open()
    question = select(worst.c.verdict, worst.c.finding, worst.c.opened_us, worst.c.flag)
    kinds: dict[tuple[Verdict, str], list[tuple[int, int]]] = defaultdict(list)
    for verdict, finding, opened_us, flag in connection.execute(of_devices(question, scope, worst.c.device)).all():
        kinds[verdict, finding].append((opened_us, flag))
    since_us = None if new_since is None else to_us(new_since)
    first = {kind: nsmallest(at_most, those) for kind, those in kinds.items()}
    named = _read_named(connection, [flag for those in first.values() for _, flag in those])
    return tuple(
        OpenGroup(
            finding=finding,
            verdict=verdict,
            count=len(kinds[verdict, finding]),
            new=0 if since_us is None else sum(at >= since_us for at, _ in kinds[verdict, finding]),
            first=tuple(named[flag] for _, flag in first[verdict, finding]),
        )
        for verdict, finding in sorted(kinds, key=lambda kind: (VERDICTS.index(kind[0]), kind[1]))
    )


def _read_named(connection: Connection, wanted: Collection[int]) -> dict[int, OpenFlag]:
    """These flags by their keys, as a line names them."""
    query = (
        select(
            flags.c.flag,
            flags.c.sentence,
            devices.c.device_id,
            func.coalesce(devices.c.asset_tag, devices.c.serial_number, devices.c.device_id).label("device_name"),
            sites.c.name.label("site"),
            carts.c.name.label("cart"),
        )
        .join(devices, devices.c.device == flags.c.device)
        .outerjoin(sites, sites.c.site == devices.c.site)
        .outerjoin(carts, carts.c.cart == devices.c.cart)
        .where(flags.c.flag.in_(wanted))
    )
    return {row.flag: _read_open(row) for row in connection.execute(query)}


def _read_open(row: Any) -> OpenFlag:
    return OpenFlag(
        device_id=row.device_id, device_name=row.device_name, site=row.site, cart=row.cart, sentence=row.sentence
    )


def list_acceptances(
    connection: Connection, scope: Scope, verdicts: Collection[Verdict]
) -> tuple[tuple[str, datetime], ...]:
    """Who accepted each flag of these verdicts that is accepted now, and when."""
    last = (
        select(decisions.c.flag, func.max(decisions.c.decision).label("decision"))
        .join(flags, flags.c.flag == decisions.c.flag)
        .where(flags.c.state == "accepted", flags.c.verdict.in_(verdicts), decisions.c.action == "accept")
        .group_by(decisions.c.flag)
    )
    chosen = of_devices(last, scope, flags.c.device).subquery()
    query = select(decisions.c.author, decisions.c.decided_us)
    query = query.join(chosen, chosen.c.decision == decisions.c.decision)
    return tuple((author, from_us(decided_us)) for author, decided_us in connection.execute(query))


def decided_since(connection: Connection, scope: Scope, since: datetime, *, at_most: int = 12) -> tuple[Flag, ...]:
    """The flags on which people decided since then, the newest decision first."""
    newest = (
        select(decisions.c.flag, func.max(decisions.c.decision).label("decision"))
        .join(flags, flags.c.flag == decisions.c.flag)
        .where(decisions.c.decided_us >= to_us(since))
        .group_by(decisions.c.flag)
        .order_by(func.max(decisions.c.decision).desc())
        .limit(at_most)
    )
    rows = connection.execute(of_devices(newest, scope, flags.c.device)).all()
    return find_flags(connection, scope, [row.flag for row in rows])
