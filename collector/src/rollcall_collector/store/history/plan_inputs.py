"""Reads what a plan for a budget needs of devices: of some hundred that are named, or of all."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Select, or_, select

from rollcall_collector.model.flag import STANDING, Finding, FlagState
from rollcall_collector.model.judgement import Judgement, StartJudgement
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_day, to_day
from rollcall_collector.store.scoping import of_devices, within
from rollcall_collector.store.tables import (
    HAS_FAILED,
    devices,
    flags,
    judgements,
    start_judgements,
    verdicts,
)

ROUTED = ("replace", "repair", "claim", "refresh")
"""Verdicts after which somebody does something."""


class Owned(NamedTuple):  # thousands are read at a time
    """A device in service as far as money and time go. None is not known.

    `active_days` are those of the last judging, `watched_days` since the first of them.
    """

    device: int
    site: int | None
    platform: str | None
    model: str | None
    purchased_on: date | None
    price: float | None
    warranty_until: date | None
    support_until: date | None
    active_days: int
    watched_days: int | None


class StandingFlag(NamedTuple):
    """A flag without its decisions, and the site of its device."""

    flag: int
    device: int
    site: int | None
    state: FlagState
    found: Finding


def list_owned(
    connection: Connection, scope: Scope, today: date, keys: Collection[int] | None = None
) -> tuple[Owned, ...]:
    """Every device in scope and in service, by key; or those of these few hundred."""
    query = (
        select(
            devices.c.device,
            devices.c.site,
            devices.c.platform,
            devices.c.model,
            devices.c.purchased_on,
            devices.c.price,
            devices.c.warranty_until,
            devices.c.support_until,
            verdicts.c.active_days,
            verdicts.c.first_on,
        )
        .outerjoin(verdicts, verdicts.c.device == devices.c.device)
        .where(devices.c.retired_on.is_(None))
        .order_by(devices.c.device)
    )
    return tuple(
        Owned(
            device=row[0],
            site=row[1],
            platform=row[2],
            model=row[3],
            purchased_on=_on(row[4]),
            price=row[5],
            warranty_until=_on(row[6]),
            support_until=_on(row[7]),
            active_days=row[8] or 0,
            watched_days=None if row[9] is None else to_day(today) - row[9] + 1,
        )
        for row in connection.execute(_among(within(query, scope, devices.c.site), devices.c.device, keys)).all()
    )


def list_grounds(connection: Connection, scope: Scope, *, also: str) -> tuple[StandingFlag, ...]:
    """The standing flags that ask for something, and every flag of the finding `also`; of devices in service."""
    query = (
        select(
            flags.c.flag,
            flags.c.device,
            devices.c.site,
            flags.c.state,
            flags.c.finding,
            flags.c.verdict,
            flags.c.sentence,
            flags.c.evidence,
        )
        .join(devices, devices.c.device == flags.c.device)
        .where(
            devices.c.retired_on.is_(None),
            or_(flags.c.finding == also, flags.c.state.in_(STANDING) & flags.c.verdict.in_(ROUTED)),
        )
        .order_by(flags.c.flag)
    )
    rows = connection.execute(within(query, scope, devices.c.site)).all()
    return tuple(
        StandingFlag(
            flag=flag,
            device=device,
            site=site,
            state=state,
            found=Finding(finding=finding, verdict=verdict, sentence=sentence, evidence=evidence),
        )
        for flag, device, site, state, finding, verdict, sentence, evidence in rows
    )


def list_incidents(
    connection: Connection, scope: Scope, keys: Collection[int] | None = None
) -> dict[int, list[Judgement]]:
    """The last judging of devices in service and channels with an incident, by device and channel; `keys` as above."""
    query = (
        select(judgements)
        .join(devices, devices.c.device == judgements.c.device)
        .where(HAS_FAILED, devices.c.retired_on.is_(None))
        .order_by(judgements.c.device, judgements.c.channel)
    )
    by_device: dict[int, list[Judgement]] = defaultdict(list)
    for row in connection.execute(_among(within(query, scope, devices.c.site), judgements.c.device, keys)).all():
        by_device[row[0]].append(Judgement._make(row))
    return by_device


def have_failed(connection: Connection, scope: Scope, keys: Collection[int]) -> set[int]:
    """Those of these few hundred devices of which the last judging has an incident."""
    query = select(judgements.c.device).where(HAS_FAILED, judgements.c.device.in_(keys)).distinct()
    return set(connection.execute(of_devices(query, scope, judgements.c.device)).scalars())


def list_starts(
    connection: Connection, scope: Scope, keys: Collection[int] | None = None
) -> dict[int, StartJudgement]:
    """How devices start, by key; `keys` as above."""
    found = start_judgements.c
    query = select(found.device, found.usual_seconds, found.now_seconds, found.model_seconds, found.starts_yearly)
    return {
        row[0]: StartJudgement(
            device=row[0], usual_seconds=row[1], now_seconds=row[2], model_seconds=row[3], starts_yearly=row[4]
        )
        for row in connection.execute(_among(of_devices(query, scope, found.device), found.device, keys)).all()
    }


def _among(query: Select[Any], device: Column[Any], keys: Collection[int] | None) -> Select[Any]:
    return query if keys is None else query.where(device.in_(keys))


def _on(day: Any) -> date | None:
    return None if day is None else from_day(day)
