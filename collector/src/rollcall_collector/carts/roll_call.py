"""The roll call: the iPads of a cart are asked for their level now, by the bridge that tells of them.

A cart is called by who opens its page, by the API, and by itself before school opens. The bridge keeps to its own
pace; here it is decided whom to call, in which order, and that nobody is called while school is out.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from rollcall_collector.carts.told import is_day_only
from rollcall_collector.errors import UnknownNameError
from rollcall_collector.model.cart import Member
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.carts import cart_members, list_carts
from rollcall_collector.store.roll_calls import Called, call_devices, calls_of, can_be_asked, list_called, note_caller
from rollcall_collector.store.sites import list_sites

BEFORE_SCHOOL = timedelta(minutes=30)
"""So long before school opens its carts are called by themselves; from then on nobody minds being asked."""
OPEN_FOR = timedelta(minutes=30)
"""A call that was not answered for so long is over."""
FRESH = timedelta(minutes=5)
"""Who told its level so recently is not called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RollCall:
    """What became of the last call of a cart. `called` are its devices that a bridge can ask and that were called.

    `oldest_level_at` is the age of the evidence: no level of those that answered is older. `is_quiet`: nobody is
    called now, since school is out.
    """

    members: int
    can_be_called: int
    called: int
    answered: int
    oldest_level_at: datetime | None
    is_quiet: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One device that its bridge is to ask, and the word for its site."""

    device_id: str
    serial_number: str
    site: str
    needed_at: datetime


def call_cart(
    connection: Connection, scope: Scope, cart: int, now: datetime, *, needed_at: datetime | None = None
) -> RollCall:
    """Call the cart's devices that have not told their level just now, and say what is known of the call.

    Raises UnknownNameError where there is no such cart.
    """
    found = next((one for one in list_carts(connection, scope) if one.cart == cart), None)
    if found is None:
        raise UnknownNameError(f"unknown cart {cart}: `rollcall carts list` names those there are")
    site = next(one for one in list_sites(connection, scope) if one.name == found.site)
    members = cart_members(connection, scope, (cart,))[cart]
    mine = can_be_asked(connection, [one.device for one in members], now)
    if not is_quiet(site, now):
        called = calls_of(connection, mine)
        due = [
            one.device
            for one in members
            if one.device in mine and not _is_fresh(one.level_at, now) and not _is_open(called.get(one.device), now)
        ]
        call_devices(connection, due, called_at=now, needed_at=max(now, needed_at or now))
    return _say(members, mine, calls_of(connection, mine), site, now)


def is_quiet(site: Site, now: datetime) -> bool:
    """Whether nobody is to be asked: on days without school, and but for a while before it opens, out of its hours."""
    local = now.astimezone(ZoneInfo(site.zone))
    minute = local.hour * 60 + local.minute
    return not site.is_school_day(local.date()) or not (
        site.opens_minute - BEFORE_SCHOOL // timedelta(minutes=1) <= minute < site.closes_minute
    )


def due_calls(connection: Connection, scope: Scope, bridge: int, now: datetime) -> tuple[Call, ...]:
    """Whom this bridge is to ask now, what is needed first before all others, of those what was told longest ago.

    That it comes for them is noted: only the devices of such a bridge can be called.
    """
    note_caller(connection, bridge, now)
    sites = {one.site: one for one in list_sites(connection, scope)}
    found = list(_due(list_called(connection, bridge, since=now - OPEN_FOR), sites, now))
    found.sort(key=lambda pair: (pair[0].needed_at, pair[1] or datetime.min.replace(tzinfo=now.tzinfo)))
    return tuple(call for call, _ in found)


def _due(called: Sequence[Called], sites: dict[int, Site], now: datetime) -> Iterator[tuple[Call, datetime | None]]:
    for one in called:
        site = sites.get(one.site or 0)
        if site is None or is_quiet(site, now):
            continue
        opens_at = _opens_at(site, now)
        is_before_school = one.is_in_cart and now < opens_at
        if one.called_at is not None and now - one.called_at < OPEN_FOR:
            called_at, needed_at = one.called_at, one.needed_at or now
        elif is_before_school:
            called_at = needed_at = opens_at
            called_at -= BEFORE_SCHOOL
        else:
            continue
        if not _has_answered(one.level_at, called_at, site, now):
            call = Call(
                device_id=one.device_id, serial_number=one.serial_number, site=str(site.site), needed_at=needed_at
            )
            yield call, one.level_at


def _opens_at(site: Site, now: datetime) -> datetime:
    local = now.astimezone(ZoneInfo(site.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.replace(hour=site.opens_minute // 60, minute=site.opens_minute % 60)


def _has_answered(level_at: datetime | None, called_at: datetime, site: Site, now: datetime) -> bool:
    """Whether the level was told since the call: to the second, or out of school hours on its day."""
    if level_at is None:
        return False
    zone = ZoneInfo(site.zone)
    if not is_day_only(level_at, zone):
        return level_at >= called_at.replace(microsecond=0)
    return called_at < _opens_at(site, now) and level_at.astimezone(zone).date() == now.astimezone(zone).date()


def _is_fresh(level_at: datetime | None, now: datetime) -> bool:
    return level_at is not None and timedelta(0) <= now - level_at < FRESH


def _is_open(called_at: datetime | None, now: datetime) -> bool:
    return called_at is not None and now - called_at < FRESH


def _say(
    members: Sequence[Member], mine: Collection[int], called: dict[int, datetime], site: Site, now: datetime
) -> RollCall:
    asked = [one for one in members if one.device in called and now - called[one.device] < OPEN_FOR]
    answered = [one for one in asked if _has_answered(one.level_at, called[one.device], site, now)]
    # Who told its level just before needed no call: it is evidence all the same.
    fresh = [one for one in members if one.device in mine and one not in asked and _is_fresh(one.level_at, now)]
    told = [one.level_at for one in (*answered, *fresh) if one.level_at is not None]
    return RollCall(
        members=len(members),
        can_be_called=len(mine),
        called=len(asked) + len(fresh),
        answered=len(told),
        oldest_level_at=min(told, default=None),
        is_quiet=is_quiet(site, now),
    )
