"""Says how many flags of a kind are open and what was decided lately, without reading every flag of a large fleet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from rollcall_collector.model.flag import Flag
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import VERDICTS, Verdict
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.judged.flags import find_flags
from rollcall_collector.store.judged.open_flags import worst_open
from rollcall_collector.store.scoping import of_devices
from rollcall_collector.store.tables import carts, decisions, devices, flags, sites

_NAMED = (
    select(
        flags.c.sentence,
        devices.c.device_id,
        func.coalesce(devices.c.asset_tag, devices.c.serial_number, devices.c.device_id).label("device_name"),
        sites.c.name.label("site"),
        carts.c.name.label("cart"),
    )
    .join(devices, devices.c.device == flags.c.device)
    .outerjoin(sites, sites.c.site == devices.c.site)
    .outerjoin(carts, carts.c.cart == devices.c.cart)
)


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
    kind = worst.c.verdict, worst.c.finding
    new = func.count() if new_since is None else func.count().filter(worst.c.opened_us >= to_us(new_since))
    counted = of_devices(select(*kind, func.count(), new).group_by(*kind), scope, worst.c.device)
    kinds = connection.execute(counted).all()
    first = _read_first(connection, scope, [(verdict, finding) for verdict, finding, _, _ in kinds], at_most)
    return tuple(
        OpenGroup(
            finding=finding,
            verdict=verdict,
            count=count,
            new=0 if new_since is None else new,
            first=tuple(first[verdict, finding]),
        )
        for verdict, finding, count, new in sorted(kinds, key=lambda one: (VERDICTS.index(one[0]), one[1]))
    )


def _read_first(
    connection: Connection, scope: Scope, kinds: Collection[tuple[Verdict, str]], at_most: int
) -> dict[tuple[Verdict, str], list[OpenFlag]]:
    """The oldest flags of each kind, as a line names them."""
    worst = worst_open()
    is_kind = worst.c.verdict == bindparam("verdict"), worst.c.finding == bindparam("finding")
    oldest = of_devices(select(worst.c.flag).where(*is_kind), scope, worst.c.device)
    oldest = oldest.order_by(worst.c.opened_us, worst.c.flag).limit(at_most)
    named = _NAMED.where(flags.c.flag.in_(oldest)).order_by(flags.c.opened_us, flags.c.flag)
    found: dict[tuple[Verdict, str], list[OpenFlag]] = {}
    for verdict, finding in kinds:
        rows = connection.execute(named, {"verdict": verdict, "finding": finding})
        found[verdict, finding] = [_read_open(row) for row in rows]
    return found


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
