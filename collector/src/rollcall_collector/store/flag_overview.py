"""Says how many flags of a kind are open and what was decided lately, without reading every flag of a large fleet."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from rollcall_collector.model.flag import STANDING, Flag
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import VERDICTS, Verdict
from rollcall_collector.store.flags import find_flag
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.scoping import of_devices, within
from rollcall_collector.store.tables import carts, decisions, device_states, devices, flags, sites


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
    """All open flags of one finding and verdict: how many, and the oldest few."""

    finding: str
    verdict: Verdict
    count: int
    first: tuple[OpenFlag, ...]


def group_open(connection: Connection, scope: Scope, *, at_most: int = 4) -> tuple[OpenGroup, ...]:
    """Open flags of devices in service by finding and verdict, worst first; of each the oldest `at_most`."""
    kind = [flags.c.verdict, flags.c.finding]
    question = (
        select(
            flags.c.finding,
            flags.c.verdict,
            flags.c.sentence,
            devices.c.device_id,
            func.coalesce(devices.c.asset_tag, devices.c.serial_number, devices.c.device_id).label("device_name"),
            sites.c.name.label("site"),
            carts.c.name.label("cart"),
            func.count().over(partition_by=kind).label("flags"),
            func.row_number().over(partition_by=kind, order_by=[flags.c.opened_us, flags.c.flag]).label("place"),
        )
        .select_from(
            flags.join(devices, devices.c.device == flags.c.device)
            .outerjoin(sites, sites.c.site == devices.c.site)
            .outerjoin(carts, carts.c.cart == devices.c.cart)
        )
        .where(flags.c.state == "open", devices.c.retired_on.is_(None))
    )
    numbered = within(question, scope, devices.c.site).subquery()
    counts: dict[tuple[Verdict, str], int] = {}
    first: dict[tuple[Verdict, str], list[OpenFlag]] = defaultdict(list)
    for row in connection.execute(select(numbered).where(numbered.c.place <= at_most).order_by(numbered.c.place)):
        counts[row.verdict, row.finding] = row.flags
        first[row.verdict, row.finding].append(
            OpenFlag(
                device_id=row.device_id,
                device_name=row.device_name,
                site=row.site,
                cart=row.cart,
                sentence=row.sentence,
            )
        )
    ordered = sorted(counts, key=lambda one: (VERDICTS.index(one[0]), one[1]))
    return tuple(
        OpenGroup(finding=one[1], verdict=one[0], count=counts[one], first=tuple(first[one])) for one in ordered
    )


def count_flagged(
    connection: Connection, scope: Scope, finding: str, *, heard_since: datetime, heard_until: datetime
) -> int:
    """How many devices in service, last heard in this span, have a standing flag of this finding."""
    query = (
        select(func.count())
        .select_from(
            flags.join(devices, devices.c.device == flags.c.device).join(
                device_states, device_states.c.device == flags.c.device
            )
        )
        .where(
            flags.c.finding == finding,
            flags.c.state.in_(STANDING),
            devices.c.retired_on.is_(None),
            device_states.c.last_heard_us.between(to_us(heard_since), to_us(heard_until)),
        )
    )
    return int(connection.execute(within(query, scope, devices.c.site)).scalar_one())


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
    return tuple(find_flag(connection, scope, row.flag) for row in rows)
