"""Counts, by what is kept of all devices, who surely serves in a cart: only the others are looked at one by one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, or_, select

from rollcall_collector.model.cart import OUT_OF_SERVICE
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.kept.presence import is_on_mains
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import (
    IS_NO_RETURN,
    complaints,
    device_states,
    devices,
    failures,
    flags,
    presence,
    publishers,
    roll_calls,
    sites,
)

_MINUTE_US = 60_000_000
IS_CONNECTED = (
    select(func.max(case((publishers.c.state == "ready", 1), else_=0)))
    .where(publishers.c.device == devices.c.device, publishers.c.state.is_not(None), publishers.c.revoked_us.is_(None))
    .correlate(devices)
    .scalar_subquery()
)
"""Of `devices`: 1 or 0, and NULL where it does not speak for itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Awake:
    """Who is awake in a lesson: of these sites, heard since then, and by its word since then not on mains."""

    sites: frozenset[int]
    since: datetime


def is_sure(*, since: datetime, ready_percent: float) -> ColumnElement[bool]:
    """Of `presence`: whether it surely serves, ready or in use.

    So does who told this level or more since then, was heard since, is not out of service by a flag that was accepted,
    never failed to come back from a restart, and of which nobody complains.
    """
    here = presence.c
    is_out = select(flags.c.device).where(flags.c.state == "accepted", flags.c.verdict.in_(OUT_OF_SERVICE))
    is_dark = select(failures.c.device).where(IS_NO_RETURN)
    complained = select(complaints.c.device).where(complaints.c.closed_us.is_(None), complaints.c.device.is_not(None))
    sure = and_(
        here.heard_us >= to_us(since),
        here.told_us >= to_us(since),
        here.level_percent >= ready_percent,
        here.device.not_in(is_out),
        here.device.not_in(is_dark),
        here.device.not_in(complained),
    )
    return case((sure, 1), else_=0) == 1  # never NULL, so that its opposite are all others


def carts_in_doubt(
    connection: Connection, scope: Scope, *, site: str | None, sure: ColumnElement[bool], serving_share: float
) -> Mapping[int, int]:
    """The carts of which fewer members than this share are sure to serve, and how many of each are."""
    here = presence.c
    places = (  # in the order of the rows, so that nothing is sorted
        select(here.site, here.cart, func.count().label("members"), func.sum(case((sure, 1), else_=0)).label("sure"))
        .where(here.cart != 0, here.is_retired.is_(False))
        .group_by(here.site, here.cart)
    )
    if site is not None:
        places = places.where(here.site.in_(select(sites.c.site).where(sites.c.name == site)))
    told = within(places, scope, here.site).subquery().c
    counted = select(told.cart, func.sum(told.sure)).group_by(told.cart)
    found = connection.execute(counted.having(func.sum(told.sure) < serving_share * func.sum(told.members)))
    return {cart: int(count) for cart, count in found}


def count_in_use(
    connection: Connection, scope: Scope, cart_keys: Collection[int], *, sure: ColumnElement[bool], awake: Awake
) -> dict[int, int]:
    """How many of those who surely serve are in use, by cart; `carts/readiness.py` says of each whether it is."""
    here, heard_us = presence.c, to_us(awake.since)
    minute_us = roll_calls.c.called_us - roll_calls.c.called_us % _MINUTE_US
    has_answered = select(roll_calls.c.device).where(roll_calls.c.device == here.device, minute_us <= here.heard_us)
    query = (
        select(here.cart, func.count())
        .select_from(devices)
        .join(presence, here.device == devices.c.device)
        .join(device_states, device_states.c.device == here.device)
        .where(
            devices.c.cart.in_(cart_keys),
            here.is_retired.is_(False),
            here.site.in_(awake.sites),
            here.heard_us >= heard_us,
            sure,
            func.coalesce(IS_CONNECTED, 1) == 1,
            ~has_answered.exists(),
            or_(here.told_us < heard_us, not_(is_on_mains(connection))),
        )
        .group_by(here.cart)
    )
    rows = connection.execute(within(query, scope, devices.c.site))
    return {cart: int(count) for cart, count in rows}


def list_tellings(connection: Connection, scope: Scope, cart_keys: Collection[int]) -> dict[int, list[datetime]]:
    """When each member of these carts told its level last, by cart."""
    here = presence.c
    query = (
        select(here.cart, here.told_us)
        .join(devices, devices.c.device == here.device)
        .where(devices.c.cart.in_(cart_keys), here.is_retired.is_(False), here.told_us.is_not(None))
    )
    found: dict[int, list[datetime]] = {key: [] for key in cart_keys}
    for cart, told_us in connection.execute(within(query, scope, devices.c.site)):
        found[cart].append(from_us(told_us))
    return found
