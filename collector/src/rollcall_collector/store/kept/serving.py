"""Says, by what is kept of all devices, who in a cart surely serves and who is surely low: nobody looks at those."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)

from rollcall_collector.model.cart import OUT_OF_SERVICE, SlotState
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import DAY_US, from_us, to_us
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import (
    IS_NO_RETURN,
    carts,
    complaints,
    devices,
    failures,
    flags,
    presence,
    publishers,
    roll_calls,
)

_MINUTE_US = 60_000_000
_HOUR_US = 3_600_000_000.0
_QUARTER_US = 15 * _MINUTE_US
"""In every zone each midnight falls on one."""
_IS_ON_MAINS = or_(presence.c.is_charging, presence.c.is_plugged_in)


@dataclass(frozen=True, kw_only=True, slots=True)
class Awake:
    """Who is awake in a lesson: of these sites, heard since then, and by its word since then not on mains.

    `opened_at` is when school opened today, by site.
    """

    opened_at: Mapping[int, datetime]
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Settling:
    """What settles a member against whom nothing speaks.

    It told enough, or told too little on this day (`low`: less than a night would have left), or rested enough, or
    charges. `charged`: that would be enough by now.
    """

    told: ColumnElement[bool]
    by_day: ColumnElement[bool]
    low: ColumnElement[bool]
    rested: ColumnElement[bool]
    charging: ColumnElement[bool]
    charged: ColumnElement[bool]
    awake: Awake

    @property
    def serves(self) -> ColumnElement[bool]:
        """Whether it has enough by what it told, or by its night in the cart."""
        return or_(self.told, self.rested)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """How many members of a cart are in which state without a look; `others` are looked at one by one."""

    states: Counter[SlotState] = field(default_factory=Counter)
    others: list[int] = field(default_factory=list)

    @property
    def serving(self) -> int:
        """How many are surely ready, or at work in a lesson."""
        return self.states["ready"] + self.states["in_use"]

    @property
    def members(self) -> int:
        """All of them."""
        return self.states.total() + len(self.others)


_STATES: dict[int, SlotState] = {0: "ready", -1: "in_use", -2: "low", -3: "charging", -4: "unknown"}
_READY, _IN_USE, _LOW, _CHARGING, _UNKNOWN = _STATES
"""What the database calls a settled member's state; of the others it tells the device's own key, which is above 0."""


def is_connected(device: ColumnElement[int]) -> ColumnElement[int | None]:
    """1 or 0, and NULL where this device does not speak for itself."""
    mine = publishers.c
    return (
        select(func.max(case((mine.state == "ready", 1), else_=0)))
        .where(mine.device == device, mine.state.is_not(None), mine.revoked_us.is_(None))
        .correlate(device.table)
        .scalar_subquery()
    )


def told_enough(*, since: datetime, ready_percent: float) -> ColumnElement[bool]:
    """Of `presence`: whether it was heard and told this level or more since then."""
    here = presence.c
    return and_(here.level_percent >= ready_percent, here.heard_us >= to_us(since), here.told_us >= to_us(since))


def has_rested(*, since: datetime, before: datetime, least_percent: float) -> ColumnElement[bool]:
    """Of `presence`: whether the night in its cart surely charged it, so that it serves.

    It told this level or more since then and before that, not plugged in without charging. What tells of a day alone
    is left out: it may have been today.
    """
    here = presence.c
    told = and_(here.heard_us >= to_us(since), here.told_us >= to_us(since), here.told_us < to_us(before))
    said = or_(here.is_charging, ~here.is_plugged_in)
    return and_(told, here.level_percent >= least_percent, here.told_us % _QUARTER_US != 0, said)


def is_below_by_day(opened_at: Mapping[int, datetime], *, ready_percent: float) -> ColumnElement[bool]:
    """Of `presence`: whether it told less than this since its school, open now, opened today.

    And that on its battery. Out of school hours only the day is told, as its midnight.
    """
    here = presence.c
    told_here = [and_(here.site.in_(those), here.told_us >= to_us(at)) for at, those in _by_instant(opened_at).items()]
    told = and_(here.level_percent < ready_percent, or_(false(), *told_here), here.told_us % DAY_US != 0)
    return and_(told, ~_IS_ON_MAINS)


def is_below_a_night(
    opened_at: Mapping[int, datetime], *, charged_percent: float, drain_percent_an_hour: float
) -> ColumnElement[bool]:
    """Of `presence`: whether it told less than a night's charge would have left by then, after school opened."""
    here = presence.c
    below = []
    for at, those in _by_instant(opened_at).items():
        minutes = (here.told_us - to_us(at)) // _MINUTE_US
        least = charged_percent - drain_percent_an_hour * minutes / 60.0
        below.append(and_(here.site.in_(those), here.level_percent < least))
    return or_(false(), *below)


def _by_instant(opened_at: Mapping[int, datetime]) -> dict[datetime, list[int]]:
    found: dict[datetime, list[int]] = defaultdict(list)
    for site, at in sorted(opened_at.items()):
        found[at].append(site)
    return found


def charges(*, since: datetime) -> ColumnElement[bool]:
    """Of `presence`: whether it told a level since then, to the second, and that it charges."""
    here = presence.c
    told = and_(here.heard_us >= to_us(since), here.told_us >= to_us(since), here.told_us % _QUARTER_US != 0)
    return and_(here.level_percent.is_not(None), told, here.is_charging)


def is_charged(now: datetime, *, ready_percent: float, percent_an_hour: float, in_turn: int) -> ColumnElement[bool]:
    """Of `presence` and `carts`: whether it has this level by now, if its cart charged it since it told its own."""
    here = presence.c
    rate = case((carts.c.charging == "cyclic_thirds", percent_an_hour / in_turn), else_=percent_an_hour)
    return here.level_percent + rate * ((to_us(now) - here.told_us) / _HOUR_US) >= ready_percent


def _against() -> CompoundSelect[tuple[Any]]:
    """The devices against whom something speaks.

    Out of service by a flag that was accepted, or they failed to come back from a restart, or somebody complains.
    """
    is_out = select(flags.c.device).where(flags.c.state == "accepted", flags.c.verdict.in_(OUT_OF_SERVICE))
    is_dark = select(failures.c.device).where(IS_NO_RETURN)
    complained = select(complaints.c.device).where(complaints.c.closed_us.is_(None), complaints.c.device.is_not(None))
    return union(is_out, is_dark, complained)


def carts_in_doubt(
    scope: Scope,
    *,
    among: Collection[int] | None = None,
    serves: ColumnElement[bool],
    serving_share: float,
) -> Select[tuple[int]]:
    """The carts of which fewer members than this share are sure to serve, of all sites or `among` these: a question.

    Those who serve by what they told, less the few of them against whom something speaks: nobody else is asked of.
    """
    here = presence.c
    members = select(here.site, here.cart).where(here.cart != 0, here.is_retired.is_(False))
    if among is not None:
        members = members.where(here.site.in_(among))
    members = within(members, scope, here.site)
    places = members.add_columns(  # in the order of the rows, so that nothing is sorted
        func.count().label("members"), func.count().filter(serves).label("sure")
    ).group_by(here.site, here.cart)
    less = members.add_columns(literal(0), literal(-1)).where(serves, here.device.in_(_against()))
    each = union_all(places, less).subquery().c
    doubtful = select(each.cart).group_by(each.cart)
    return doubtful.having(func.sum(each.sure) < serving_share * func.sum(each.members))


def _is_in_use(awake: Awake) -> ColumnElement[bool]:
    here, heard_us = presence.c, to_us(awake.since)
    minute_us = roll_calls.c.called_us - roll_calls.c.called_us % _MINUTE_US
    has_answered = select(roll_calls.c.device).where(roll_calls.c.device == here.device, minute_us <= here.heard_us)
    return and_(  # what another table says last: most are told apart by then
        here.heard_us >= heard_us,
        here.site.in_(awake.opened_at),
        or_(here.told_us < heard_us, ~_IS_ON_MAINS),
        func.coalesce(is_connected(here.device), 1) == 1,
        ~has_answered.exists(),
    )


def count_settled(
    connection: Connection, scope: Scope, cart_keys: Collection[int] | Select[tuple[int]], settling: Settling
) -> dict[int, Settled]:
    """How many members of these carts are in which state, and who is left to `carts/readiness.py`."""
    here = presence.c
    query = _members(scope, cart_keys).add_columns(here.cart, _kind(settling).label("kind"), func.count())
    query = query.group_by(here.cart, "kind")  # by its name, so that it is not said twice
    found: dict[int, Settled] = defaultdict(Settled)
    for cart, device_or_state, count in connection.execute(query).all():
        if device_or_state > 0:
            found[cart].others.append(device_or_state)
        else:
            found[cart].states[_STATES[device_or_state]] = count
    return found


def list_settled(
    connection: Connection, scope: Scope, cart_keys: Collection[int], settling: Settling
) -> dict[int, list[tuple[int | None, int, SlotState | None]]]:
    """Slot, key and state of each member of these carts; no state of those that are looked at one by one."""
    here = presence.c
    query = _members(scope, cart_keys).join(devices, devices.c.device == here.device)
    query = query.add_columns(here.cart, devices.c.slot, here.device, _kind(settling))
    found: dict[int, list[tuple[int | None, int, SlotState | None]]] = defaultdict(list)
    for cart, slot, device, kind in connection.execute(query).all():
        found[cart].append((slot, device, _STATES.get(kind)))
    return found


def _members(scope: Scope, cart_keys: Collection[int] | Select[tuple[int]]) -> Select[Any]:
    """The members of these carts; a cart's are of its own site, so they lie side by side."""
    here = presence.c
    query = (
        select()
        .select_from(carts)
        .join(presence, (here.site == carts.c.site) & (here.cart == carts.c.cart))
        .where(carts.c.cart.in_(cart_keys), here.is_retired.is_(False))
    )
    return within(query, scope, carts.c.site)


def _kind(settling: Settling) -> ColumnElement[int]:
    device = presence.c.device
    in_use = and_(_is_in_use(settling.awake), or_(settling.serves, settling.by_day, settling.charging))
    return case(
        (device.in_(_against()), device),
        (in_use, _IN_USE),
        (settling.serves, _READY),
        (settling.by_day, case((settling.low, _LOW), (settling.charged, _UNKNOWN), else_=_CHARGING)),
        (settling.charging, case((settling.charged, _READY), else_=_CHARGING)),
        else_=device,
    )


def list_tellings(connection: Connection, scope: Scope, cart_keys: Collection[int]) -> dict[int, list[datetime]]:
    """When each member of these carts told its level last, by cart."""
    here = presence.c
    query = _members(scope, cart_keys).add_columns(here.cart, here.told_us).where(here.told_us.is_not(None))
    found: dict[int, list[datetime]] = {key: [] for key in cart_keys}
    for cart, told_us in connection.execute(query).all():
        found[cart].append(from_us(told_us))
    return found
