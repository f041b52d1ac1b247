"""Counts, by what is kept of all devices, who in a cart surely serves and who is surely low: nobody looks at those."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from rollcall_collector.model.cart import OUT_OF_SERVICE
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import DAY_US, from_us, to_us
from rollcall_collector.store.kept.presence import is_charging, is_on_mains
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
_QUARTER_US = 15 * _MINUTE_US
"""In every zone each midnight falls on one."""
IS_CONNECTED = (
    select(func.max(case((publishers.c.state == "ready", 1), else_=0)))
    .where(publishers.c.device == devices.c.device, publishers.c.state.is_not(None), publishers.c.revoked_us.is_(None))
    .correlate(devices)
    .scalar_subquery()
)
"""Of `devices`: 1 or 0, and NULL where it does not speak for itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Awake:
    """Who is awake in a lesson: of these sites, heard since then, and by its word since then not on mains.

    `opened_at` is when school opened today, by site.
    """

    opened_at: Mapping[int, datetime]
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """How many members of a cart need no look: `at_work` of those who surely serve; in use, ready and low of more.

    `others` are the devices that are looked at one by one.
    """

    at_work: int = 0
    in_use: int = 0
    rested: int = 0
    low: int = 0
    others: tuple[int, ...] = ()


def told_enough(*, since: datetime, ready_percent: float) -> ColumnElement[bool]:
    """Of `presence`: whether it was heard and told this level or more since then."""
    here = presence.c
    told = and_(here.heard_us >= to_us(since), here.told_us >= to_us(since), here.level_percent >= ready_percent)
    return case((told, 1), else_=0) == 1  # never NULL, so that its opposite are all others


def is_sure(told: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of `presence`: whether it surely serves, ready or in use.

    So does who told enough, is not out of service by a flag that was accepted, never failed to come back from a
    restart, and of which nobody complains.
    """
    return and_(told, *_nothing_against())


def has_rested(
    connection: Connection, *, since: datetime, before: datetime, least_percent: float
) -> ColumnElement[bool]:
    """Of `presence` and `device_states`: whether the night in its cart surely charged it, so that it serves.

    Nothing speaks against it, and it told this level or more since then and before that, not plugged in without
    charging. What tells of a day alone is left out: it may have been today.
    """
    here = presence.c
    told = and_(here.heard_us >= to_us(since), here.told_us >= to_us(since), here.told_us < to_us(before))
    said = or_(is_charging(connection), not_(is_on_mains(connection)))
    rested = and_(
        told, here.level_percent >= least_percent, here.told_us % _QUARTER_US != 0, *_nothing_against(), said
    )
    return case((rested, 1), else_=0) == 1


def is_low(
    connection: Connection,
    opened_at: Mapping[int, datetime],
    *,
    ready_percent: float,
    charged_percent: float,
    drain_percent_an_hour: float,
) -> ColumnElement[bool]:
    """Of `presence` and `device_states`: whether it is surely low, or in use, in a school that is open now.

    Nothing speaks against it, and on its battery it told less, since school opened today, than is ready, and less than
    a night's charge would have left by then. Out of school hours only the day is told, as its midnight.
    """
    here = presence.c
    told_here = []
    for at in sorted(set(opened_at.values())):
        minutes = (here.told_us - to_us(at)) // _MINUTE_US
        those = sorted(site for site, opened in opened_at.items() if opened == at)
        least = charged_percent - drain_percent_an_hour * minutes / 60.0
        told_here.append(and_(here.site.in_(those), here.told_us >= to_us(at), here.level_percent < least))
    low = and_(
        here.level_percent < ready_percent,
        or_(false(), *told_here),
        here.told_us % DAY_US != 0,
        *_nothing_against(),
        not_(is_on_mains(connection)),
    )
    return case((low, 1), else_=0) == 1


def _nothing_against() -> Iterator[ColumnElement[bool]]:
    return (presence.c.device.not_in(those) for those in _against())


def _against() -> tuple[Select[tuple[Any]], ...]:
    is_out = select(flags.c.device).where(flags.c.state == "accepted", flags.c.verdict.in_(OUT_OF_SERVICE))
    is_dark = select(failures.c.device).where(IS_NO_RETURN)
    complained = select(complaints.c.device).where(complaints.c.closed_us.is_(None), complaints.c.device.is_not(None))
    return is_out, is_dark, complained


def carts_in_doubt(
    connection: Connection, scope: Scope, *, site: str | None, told: ColumnElement[bool], serving_share: float
) -> Mapping[int, int]:
    """The carts of which fewer members than this share are sure to serve, and how many of each are.

    Those who told enough, less the few of them against whom something speaks: nobody else is asked about that.
    """
    here = presence.c
    members = select(here.site, here.cart).where(here.cart != 0, here.is_retired.is_(False))
    if site is not None:
        members = members.where(here.site.in_(select(sites.c.site).where(sites.c.name == site)))
    members = within(members, scope, here.site)
    places = members.add_columns(  # in the order of the rows, so that nothing is sorted
        func.count().label("members"), func.sum(case((told, 1), else_=0)).label("sure")
    ).group_by(here.site, here.cart)
    against = or_(*(here.device.in_(those) for those in _against()))
    less = members.add_columns(literal(0), literal(-1)).where(told, against)
    each = union_all(places, less).subquery().c
    counted = select(each.cart, func.sum(each.sure)).group_by(each.cart)
    found = connection.execute(counted.having(func.sum(each.sure) < serving_share * func.sum(each.members)))
    return {cart: int(count) for cart, count in found}


def _is_in_use(connection: Connection, awake: Awake) -> ColumnElement[bool]:
    here, heard_us = presence.c, to_us(awake.since)
    minute_us = roll_calls.c.called_us - roll_calls.c.called_us % _MINUTE_US
    has_answered = select(roll_calls.c.device).where(roll_calls.c.device == here.device, minute_us <= here.heard_us)
    return and_(
        here.site.in_(awake.opened_at),
        here.heard_us >= heard_us,
        func.coalesce(IS_CONNECTED, 1) == 1,
        ~has_answered.exists(),
        or_(here.told_us < heard_us, not_(is_on_mains(connection))),
    )


def count_settled(
    connection: Connection,
    scope: Scope,
    cart_keys: Collection[int],
    *,
    sure: ColumnElement[bool],
    rested: ColumnElement[bool],
    low: ColumnElement[bool],
    awake: Awake,
) -> dict[int, Settled]:
    """Of the members of whom one of these holds how many are in use, by cart; and who the others are.

    `carts/readiness.py` says of each whether it is.
    """
    here, in_use = presence.c, _is_in_use(connection, awake)
    told = (
        select(
            here.cart,
            here.device,
            case((sure, "sure"), (low, "low"), (rested, "rested"), else_="other").label("kind"),
            case((in_use, 1), else_=0).label("is_used"),
        )
        .select_from(devices)
        .join(presence, here.device == devices.c.device)
        .outerjoin(device_states, device_states.c.device == here.device)
        .where(devices.c.cart.in_(cart_keys), here.is_retired.is_(False))
    )
    each = within(told, scope, devices.c.site).subquery().c
    other = case((each.kind == "other", each.device), else_=0)
    query = select(each.cart, each.kind, each.is_used, other, func.count())
    counts: dict[int, Counter[tuple[str, int]]] = defaultdict(Counter)
    others: dict[int, list[int]] = defaultdict(list)
    for cart, kind, is_used, device, count in connection.execute(
        query.group_by(each.cart, each.kind, each.is_used, other)
    ):
        counts[cart][kind, is_used] = count
        if device:
            others[cart].append(device)
    return {
        cart: Settled(
            at_work=of["sure", 1],
            in_use=of["low", 1] + of["rested", 1],
            rested=of["rested", 0],
            low=of["low", 0],
            others=tuple(others[cart]),
        )
        for cart, of in counts.items()
    }


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
