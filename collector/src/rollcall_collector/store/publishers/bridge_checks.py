"""Keeps what each bridge's check of its own service found last, and lists the bridges with it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from annotated_types import MaxLen, MinLen, Predicate
from sqlalchemy import Connection, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.putting import put_rows
from rollcall_collector.store.tables import bridge_checks, publishers

CheckText = Annotated[str, MaxLen(500), Predicate(str.isprintable)]


@dataclass(frozen=True, kw_only=True, slots=True)
class BridgeCheck:
    """One thing that a bridge looked at. `way_out` is empty where it is well; without `is_fault` it is a remark."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    subject: Annotated[CheckText, MinLen(1)]
    says: CheckText
    way_out: CheckText = ""
    is_fault: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedBridge:
    """A bridge that may speak. `service` and `checked_at` are None where it never said what its check found.

    `state` is as the broker knows it; `round_seconds` is how long its last whole round took, where it said so.
    """

    name: str
    platform: str
    service: str | None
    state: str | None
    last_heard_at: datetime | None
    checked_at: datetime | None
    checks: tuple[BridgeCheck, ...]
    round_seconds: float | None


def keep_checks(
    connection: Connection,
    publisher: int,
    service: str,
    checks: Sequence[BridgeCheck],
    now: datetime,
    *,
    round_seconds: float | None = None,
) -> None:
    """Keep what was found in place of what was found before; `service` is the bridge's name on the command line.

    Without `round_seconds`, as where somebody checks by hand, the last ones told stay.
    """
    if round_seconds is None:
        known = select(bridge_checks.c.round_seconds).where(bridge_checks.c.publisher == publisher)
        round_seconds = connection.execute(known).scalar()
    told = json.dumps([asdict(one) for one in checks])
    row = {"publisher": publisher, "service": service, "checked_us": to_us(now), "checks": told}
    put_rows(connection, bridge_checks, [row | {"round_seconds": round_seconds}])


def list_bridges(connection: Connection, scope: Scope) -> tuple[CheckedBridge, ...]:
    """Every bridge that is not revoked, by platform and name.

    A bridge speaks for devices of many sites and belongs to none: who does not see all sites is told of none.
    """
    if not scope.is_all:
        return ()
    rows = connection.execute(
        select(publishers, *(one for one in bridge_checks.c if one.name != "publisher"))
        .outerjoin(bridge_checks, bridge_checks.c.publisher == publishers.c.publisher)
        .where(publishers.c.device.is_(None), publishers.c.revoked_us.is_(None))
        .order_by(publishers.c.platform, publishers.c.name)
    )
    return tuple(
        CheckedBridge(
            name=row.name,
            platform=row.platform,
            service=row.service,
            state=row.state,
            last_heard_at=None if row.last_heard_us is None else from_us(row.last_heard_us),
            checked_at=None if row.checked_us is None else from_us(row.checked_us),
            checks=tuple(BridgeCheck(**one) for one in json.loads(row.checks or "[]")),
            round_seconds=row.round_seconds,
        )
        for row in rows
    )
