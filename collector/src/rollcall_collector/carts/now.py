"""Says which carts can be used now: joins what is kept of their members with the rule of readiness."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection

from rollcall_collector.carts.readiness import FIRST_RULE, IN_TURN, NO_DOUBT_FOR, SURE_FOR, count_states, judge_cart
from rollcall_collector.carts.told import has_school, is_lesson_time, midnight, opened_at
from rollcall_collector.errors import UnknownNameError
from rollcall_collector.model.cart import Cart, CartCount, CartReadiness, Member
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.carts import cart_members, find_cart, list_carts
from rollcall_collector.store.kept.serving import (
    Awake,
    Settled,
    carts_in_doubt,
    count_settled,
    has_rested,
    is_low,
    is_sure,
    list_tellings,
    told_enough,
)
from rollcall_collector.store.sites import list_sites

_NAMED_MAX = 2_000


def judge_carts(
    connection: Connection,
    scope: Scope,
    now: datetime,
    *,
    site: str | None = None,
    keys: Collection[int] | None = None,
) -> tuple[CartReadiness, ...]:
    """The readiness now of every cart in scope, of those of one site or of these, by site and name: five questions."""
    return _judge(connection, scope, list_carts(connection, scope, site, keys=keys), now)


def count_doubtful_carts(
    connection: Connection, scope: Scope, now: datetime, *, serving_share: float, site: str | None = None
) -> tuple[CartCount, ...]:
    """How many members are in which state, of those carts alone of which fewer than this share surely serve.

    And that have school today. Of a large fleet few carts are looked at, and of those few members one by one: who
    surely serves and who is surely low is counted.
    """
    schools = {one.name: one for one in list_sites(connection, scope)}
    told = told_enough(since=now - SURE_FOR, ready_percent=FIRST_RULE.ready_percent)
    serving = carts_in_doubt(connection, scope, site=site, told=told, serving_share=serving_share)
    carts = list_carts(connection, scope, keys=serving) if serving else ()
    carts = tuple(cart for cart in carts if has_school(schools[cart.site], now))
    if not carts:
        return ()
    keys = tuple(cart.cart for cart in carts)
    awake = Awake(
        opened_at={one.site: opened_at(one, now) for one in schools.values() if is_lesson_time(one, now)},
        since=now - timedelta(minutes=FIRST_RULE.in_use_minutes),
    )
    sure, rested = is_sure(told), _has_rested(connection, schools.values(), now)
    low = is_low(
        connection,
        awake.opened_at,
        ready_percent=FIRST_RULE.ready_percent,
        charged_percent=FIRST_RULE.charged_percent,
        drain_percent_an_hour=FIRST_RULE.drain_percent_an_hour,
    )
    settled = count_settled(connection, scope, keys, sure=sure, rested=rested, low=low, awake=awake)
    others = _look_at(connection, scope, keys, settled.values())
    tellings = _tellings(connection, scope, others, now)
    counts = []
    for cart in carts:
        key, without = cart.cart, settled.get(cart.cart, Settled())
        states = count_states(cart, others[key], schools[cart.site], now, tellings=tellings.get(key, ()))
        states["ready"] += serving[key] - without.at_work + without.rested
        states["in_use"] += without.at_work + without.in_use
        states["low"] += without.low
        counts.append(CartCount(cart=cart, states=states))
    return tuple(counts)


def judge_one_cart(connection: Connection, scope: Scope, now: datetime, cart: int) -> CartReadiness:
    """The readiness of one cart now. Raises UnknownNameError where there is none of this number."""
    found = list_carts(connection, scope, keys=(cart,))
    if not found:
        raise UnknownNameError(f"unknown cart {cart}: `rollcall carts list` names those there are")
    return _judge(connection, scope, found, now)[0]


def judge_named_cart(
    connection: Connection, scope: Scope, now: datetime, name: str, site: str | None = None
) -> CartReadiness:
    """The readiness of the cart of this name. Raises UnknownNameError where there is none, or several."""
    return _judge(connection, scope, (find_cart(connection, scope, name, site),), now)[0]


def _judge(connection: Connection, scope: Scope, carts: tuple[Cart, ...], now: datetime) -> tuple[CartReadiness, ...]:
    sites = {one.name: one for one in list_sites(connection, scope)}
    members = cart_members(connection, scope, tuple(cart.cart for cart in carts))
    return tuple(judge_cart(cart, members[cart.cart], sites[cart.site], now) for cart in carts)


def _look_at(
    connection: Connection, scope: Scope, keys: tuple[int, ...], settled: Iterable[Settled]
) -> dict[int, tuple[Member, ...]]:
    """The members of these carts that are not settled; a question takes only so many names."""
    wanted = {device for one in settled for device in one.others}
    found = cart_members(connection, scope, keys, only=wanted if len(wanted) <= _NAMED_MAX else None)
    return {key: tuple(one for one in those if one.device in wanted) for key, those in found.items()}


def _has_rested(connection: Connection, schools: Collection[Site], now: datetime) -> ColumnElement[bool]:
    """By the midnight that was last of all schools, and as a cart charges that charges its slots in turn."""
    began = [midnight(ZoneInfo(one.zone), now) for one in schools] or [now]
    rested_hours = (now - max(began)) / timedelta(hours=1)
    charged = FIRST_RULE.charging_percent_an_hour / IN_TURN * rested_hours
    return has_rested(
        connection, since=now - SURE_FOR, before=min(began), least_percent=FIRST_RULE.ready_percent - charged
    )


def _tellings(
    connection: Connection, scope: Scope, members: Mapping[int, Sequence[Member]], now: datetime
) -> Mapping[int, Sequence[datetime]]:
    """When all members told their levels, of carts with one that told its own a while ago."""
    doubted = [
        cart
        for cart, those in members.items()
        if any(one.level_at is not None and now - one.level_at >= NO_DOUBT_FOR for one in those)
    ]
    return list_tellings(connection, scope, doubted) if doubted else {}
