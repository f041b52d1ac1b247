"""Says which carts can be used now: joins what is kept of their members with the rule of readiness."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from rollcall_collector.carts.readiness import (
    FIRST_RULE,
    IN_TURN,
    NO_DOUBT_FOR,
    SURE_FOR,
    draw_slots,
    judge_cart,
    states_of,
)
from rollcall_collector.carts.school_day import SchoolDay
from rollcall_collector.errors import UnknownNameError
from rollcall_collector.model.cart import Cart, CartCount, CartGlance, CartReadiness, Member, SlotState
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.carts import cart_members, find_cart, list_carts, list_marked
from rollcall_collector.store.kept.serving import (
    Awake,
    Settling,
    carts_in_doubt,
    charges,
    count_settled,
    has_rested,
    is_below_a_night,
    is_below_by_day,
    is_charged,
    list_settled,
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
    connection: Connection,
    scope: Scope,
    now: datetime,
    *,
    serving_share: float,
    site: str | None = None,
    schools: Collection[Site] | None = None,
) -> tuple[CartCount, ...]:
    """How many members are in which state, of those carts alone of which fewer than this share surely serve.

    And that have school today. Of a large fleet few carts are looked at, and of those few members one by one: who
    surely serves and who is surely low is counted. `schools` are all in scope, where somebody read them already.
    """
    days = _days(list_sites(connection, scope) if schools is None else schools, now)
    asked = {day.site.site for day in days.values() if day.is_school_day and site in (None, day.site.name)}
    if not asked:
        return ()
    settling = _settling(days.values(), now)
    among = None if len(asked) == len(days) else asked
    doubtful = carts_in_doubt(scope, among=among, serves=settling.serves, serving_share=serving_share)
    settled = count_settled(connection, scope, doubtful, settling)
    few = [cart for cart, one in settled.items() if one.serving < serving_share * one.members]
    carts = list_carts(connection, scope, keys=few) if few else ()
    wanted = {cart: set(settled[cart].others) for cart in few}
    found = _states_of(connection, scope, carts, wanted, days)
    return tuple(
        CartCount(cart=cart, states=Counter(found[cart.cart].values()) + settled[cart.cart].states) for cart in carts
    )


def glance_at_carts(
    connection: Connection,
    scope: Scope,
    now: datetime,
    *,
    site: str | None = None,
    keys: Collection[int] | None = None,
    schools: Collection[Site] | None = None,
) -> tuple[CartGlance, ...]:
    """As `judge_carts`, but only as much as a picture shows: whoever is settled is not looked at.

    `schools` are all in scope, where somebody read them already.
    """
    carts = list_carts(connection, scope, site, keys=keys)
    days = _days(list_sites(connection, scope) if schools is None else schools, now)
    keys = tuple(cart.cart for cart in carts)
    settled = list_settled(connection, scope, keys, _settling(days.values(), now))
    wanted = {cart: {device for _, device, state in those if state is None} for cart, those in settled.items()}
    found = _states_of(connection, scope, carts, wanted, days)
    marked = list_marked(connection, scope, keys)
    return tuple(
        draw_slots(
            cart,
            ((slot, device, state or found[cart.cart][device]) for slot, device, state in settled[cart.cart]),
            marked,
        )
        for cart in carts
    )


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


def _states_of(
    connection: Connection,
    scope: Scope,
    carts: Sequence[Cart],
    wanted: Mapping[int, Collection[int]],
    days: Mapping[str, SchoolDay],
) -> dict[int, dict[int, SlotState]]:
    """The states of these members of each of these carts, by their keys; a question takes only so many names."""
    asked = [cart for cart in carts if wanted.get(cart.cart)]
    found: dict[int, dict[int, SlotState]] = {cart.cart: {} for cart in carts}
    if not asked:
        return found
    devices = {device for cart in asked for device in wanted[cart.cart]}
    only = devices if len(devices) <= _NAMED_MAX else None
    members = cart_members(connection, scope, tuple(cart.cart for cart in asked), only=only)
    members = {key: tuple(one for one in those if one.device in wanted[key]) for key, those in members.items()}
    now = days[asked[0].site].now
    tellings = _tellings(connection, scope, members, now)
    for cart in asked:
        key, site = cart.cart, days[cart.site].site
        found[key] = states_of(cart, members[key], site, now, tellings=tellings.get(key, ()))
    return found


def _days(schools: Collection[Site], now: datetime) -> dict[str, SchoolDay]:
    return {one.name: SchoolDay(one, now) for one in schools}


def _settling(days: Collection[SchoolDay], now: datetime) -> Settling:
    """The rule's own numbers; rested by the midnight that was last of all schools, as a cart charges in turn."""
    opened_at = {one.site.site: one.opened_at for one in days if one.is_lesson_time}
    began = [one.began_at for one in days] or [now]
    rested_hours = (now - max(began)) / timedelta(hours=1)
    charged = FIRST_RULE.charging_percent_an_hour / IN_TURN * rested_hours
    return Settling(
        told=told_enough(since=now - SURE_FOR, ready_percent=FIRST_RULE.ready_percent),
        by_day=is_below_by_day(opened_at, ready_percent=FIRST_RULE.ready_percent),
        low=is_below_a_night(
            opened_at,
            charged_percent=FIRST_RULE.charged_percent,
            drain_percent_an_hour=FIRST_RULE.drain_percent_an_hour,
        ),
        rested=has_rested(since=now - SURE_FOR, before=min(began), least_percent=FIRST_RULE.ready_percent - charged),
        charging=charges(since=now - SURE_FOR),
        charged=is_charged(
            now,
            ready_percent=FIRST_RULE.ready_percent,
            percent_an_hour=FIRST_RULE.charging_percent_an_hour,
            in_turn=IN_TURN,
        ),
        awake=Awake(opened_at=opened_at, since=now - timedelta(minutes=FIRST_RULE.in_use_minutes)),
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
