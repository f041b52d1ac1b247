"""Reads what a plan needs of all devices together: counts and one number each, whatever the size of the fleet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, TextClause, case, func, literal_column, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.history.driver_columns import columns_of
from rollcall_collector.store.instants import from_day, to_day
from rollcall_collector.store.scoping import of_devices, within
from rollcall_collector.store.tables import HAS_FAILED, IS_LIKELY, LIKELY, devices, judgements, verdicts


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """How many devices in service share a site, a platform, dates and a price. None is not known."""

    site: int | None
    platform: str | None
    purchased_on: date | None
    price: float | None
    support_until: date | None
    devices: int


def list_contenders(
    connection: Connection, scope: Scope, *, least_weeks: int, least_active_days: float, at_least: float = 0.0
) -> tuple[tuple[int, float], ...]:
    """Who may stand on a list by the last judging, by key: a device in service, and its highest probability.

    What speaks most against it must have come in so many weeks, and it must have been active on so many days. Those
    of a lower probability than `at_least` are left out.
    """
    highest = func.max(judgements.c.probability)
    in_weeks = func.max(case((judgements.c.weeks >= least_weeks, judgements.c.probability)))
    # The sign keeps SQLite from looking every row up in the order of devices: few are likely enough.
    device: ColumnElement[int] = literal_column("+judgements.device", BigInteger)
    worst = (
        select(device.label("device"), highest.label("probability"))
        .where(_failed(at_least), judgements.c.probability >= at_least)
        .group_by(device)
        .having(highest == in_weeks)
        .subquery("worst")
    )
    query = (
        select(worst.c.device, worst.c.probability)
        .join(devices, devices.c.device == worst.c.device)
        .outerjoin(verdicts, verdicts.c.device == worst.c.device)
        .where(devices.c.retired_on.is_(None), func.coalesce(verdicts.c.active_days, 0) >= least_active_days)
        .order_by(worst.c.device)
    )
    return tuple((row[0], row[1]) for row in connection.execute(within(query, scope, devices.c.site)).all())


def list_rates(connection: Connection, scope: Scope, *, at_least: float = 0.0) -> tuple[Sequence[Any], ...]:
    """Of the last judging the devices in service and kinds with an incident, and a probability of so much or more.

    A column each, in this order: device, channel, observed, weeks, expected, probability, doubt, own_shape, own_mean;
    and the active days of the device.
    """
    said = judgements.c
    query = (
        select(
            said.device,
            said.channel,
            said.observed,
            said.weeks,
            said.expected,
            said.probability,
            said.doubt,
            said.own_shape,
            said.own_mean,
            func.coalesce(verdicts.c.active_days, 0),
        )
        .join(devices, devices.c.device == said.device)
        .outerjoin(verdicts, verdicts.c.device == said.device)
        .where(_failed(at_least), said.probability >= at_least, devices.c.retired_on.is_(None))
        .order_by(said.device, said.channel)
    )
    parts = zip(*columns_of(connection, within(query, scope, devices.c.site)), strict=True)
    return tuple(tuple(chain.from_iterable(one)) for one in parts) or ((),) * len(query.selected_columns)


def count_alike(connection: Connection, scope: Scope) -> tuple[Alike, ...]:
    """The devices in scope and in service by what falls due and what it costs, in the order of their first keys."""
    kind = devices.c.site, devices.c.platform, devices.c.purchased_on, devices.c.price, devices.c.support_until
    query = (
        select(*kind, func.count())
        .where(devices.c.retired_on.is_(None))
        .group_by(*kind)
        .order_by(func.min(devices.c.device))
    )
    return tuple(
        Alike(
            site=site,
            platform=platform,
            purchased_on=_on(purchased_on),
            price=price,
            support_until=_on(support_until),
            devices=count,
        )
        for site, platform, purchased_on, price, support_until, count in connection.execute(
            within(query, scope, devices.c.site)
        ).all()
    )


def count_shares(connection: Connection, scope: Scope, today: date) -> tuple[tuple[int, int, int], ...]:
    """Active days, days watched, and how many devices in scope and in service have been active for so many."""
    own = verdicts.c.active_days, verdicts.c.first_on
    gone = select(devices.c.device).where(devices.c.retired_on.is_not(None))
    query = select(*own, func.count()).where(verdicts.c.first_on.is_not(None), verdicts.c.device.not_in(gone))
    rows = connection.execute(of_devices(query, scope, verdicts.c.device).group_by(*own)).all()
    return tuple((active, to_day(today) - first + 1, count) for active, first, count in rows)


def _failed(at_least: float) -> TextClause:
    """By which index those of this probability are found."""
    return IS_LIKELY if at_least >= LIKELY else HAS_FAILED


def _on(day: Any) -> date | None:
    return None if day is None else from_day(day)
