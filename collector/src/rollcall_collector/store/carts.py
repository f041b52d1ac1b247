"""Finds carts and their members, with what each member said last of its battery."""

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, case, func, insert, select, update

from rollcall_collector.errors import UnknownNameError
from rollcall_collector.model.cart import OUT_OF_SERVICE, Cart, Complaint, Member
from rollcall_collector.model.flag import STANDING
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.instants import from_us
from rollcall_collector.store.kept.serving import is_connected
from rollcall_collector.store.publishers.roots import bridge_roots
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import (
    IS_NO_RETURN,
    carts,
    device_states,
    devices,
    failures,
    flags,
    presence,
    roll_calls,
    sites,
)
from rollcall_collector.store.teachers.complaints import complaints_in

_members = (
    select(func.count())  # side by side: no device's row is read
    .where(presence.c.site == carts.c.site, presence.c.cart == carts.c.cart, presence.c.is_retired.is_(False))
    .correlate(carts)
    .scalar_subquery()
)
_COLUMNS: Select[Any] = select(carts, sites.c.name.label("site_name"), _members.label("members")).select_from(
    carts.join(sites, sites.c.site == carts.c.site)
)
_OF_A_MEMBER = ("device", "device_id", "asset_tag", "serial_number", "cart", "slot", "platform", "model")


def list_carts(
    connection: Connection, scope: Scope, site: str | None = None, *, keys: Collection[int] | None = None
) -> tuple[Cart, ...]:
    """Every cart in scope, those of one site or those of these keys, by site and name."""
    query = within(_COLUMNS, scope, carts.c.site).order_by(sites.c.name, carts.c.name)
    if site is not None:
        query = query.where(sites.c.name == site)
    if keys is not None:
        query = query.where(carts.c.cart.in_(keys))
    return tuple(_cart(row) for row in connection.execute(query))


def count_carts(connection: Connection, scope: Scope) -> dict[str, int]:
    """How many carts each site in scope has that has any, in the order of their names."""
    query = select(sites.c.name, func.count()).select_from(carts.join(sites, sites.c.site == carts.c.site))
    query = within(query, scope, carts.c.site).group_by(sites.c.name).order_by(sites.c.name)
    return {row[0]: row[1] for row in connection.execute(query)}


def cart_names(connection: Connection, scope: Scope, site: str | None = None) -> tuple[str, ...]:
    """How carts in scope are called, or those of one site; schools call theirs alike, and each name comes once."""
    query = within(select(carts.c.name), scope, carts.c.site).distinct().order_by(carts.c.name)
    if site is not None:
        query = query.join(sites, sites.c.site == carts.c.site).where(sites.c.name == site)
    return tuple(connection.execute(query).scalars())


def page_carts(
    connection: Connection, scope: Scope, site: str | None = None, *, at_most: int, skipped: int
) -> tuple[tuple[int, ...], int]:
    """The keys of so many carts in scope, or of one site, by site and name; and how many there are in all."""
    query = within(select(carts.c.cart), scope, carts.c.site).join(sites, sites.c.site == carts.c.site)
    if site is not None:
        query = query.where(sites.c.name == site)
    count = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(sites.c.name, carts.c.name).limit(at_most).offset(skipped)
    return tuple(connection.execute(page).scalars()), count


def find_cart(connection: Connection, scope: Scope, name: str, site: str | None = None) -> Cart:
    """The cart of this name. Raises UnknownNameError where there is none, or several."""
    query = within(_COLUMNS, scope, carts.c.site).where(carts.c.name == name)
    if site is not None:
        query = query.where(sites.c.name == site)
    found = [_cart(row) for row in connection.execute(query)]
    if not found:
        raise UnknownNameError(f"unknown cart '{name}': `rollcall carts list` names them")
    if len(found) > 1:
        places = ", ".join(cart.site for cart in found)
        raise UnknownNameError(f"several sites have a cart '{name}' ({places}): say which with --site")
    return found[0]


def ensure_cart(connection: Connection, site: int, name: str) -> tuple[int, bool]:
    """The key of the site's cart of this name, made if it is new; and whether it is new."""
    chosen = select(carts.c.cart).where(carts.c.site == site, carts.c.name == name)
    found = connection.execute(chosen).scalar()
    if found is not None:
        return int(found), False
    made = connection.execute(insert(carts).values(site=site, name=name).returning(carts.c.cart)).scalar_one()
    return int(made), True


def set_cart(connection: Connection, scope: Scope, cart: int, **changes: Any) -> None:
    """Change a cart's home_room, slots or charging."""
    change = within(update(carts), scope, carts.c.site).where(carts.c.cart == cart)
    changed = connection.execute(change.values(**changes))
    if changed.rowcount != 1:
        raise UnknownNameError(f"unknown cart {cart}: it is gone; `rollcall carts list` names those there are")


def cart_members(
    connection: Connection, scope: Scope, cart_keys: tuple[int, ...], *, only: Collection[int] | None = None
) -> dict[int, tuple[Member, ...]]:
    """The members of these carts by slot, four questions for all of them; an empty cart has none.

    Or `only` those of these devices.

    Who may not see devices is told of slots alone: without ids, names, models, flags and their sentences.
    """
    standing = _standing(connection, cart_keys, only)
    complained = complaints_in(connection, scope, cart_keys)
    dark = _went_dark(connection, cart_keys, only)
    roots = bridge_roots(cart_keys)
    query = (
        select(
            *(devices.c[name] for name in _OF_A_MEMBER),
            device_states.c.last_heard_us,
            device_states.c.vitals,
            device_states.c.vitals_us,
            is_connected(devices.c.device).label("connected"),
            roll_calls.c.called_us,
            case((roots.c.is_connected == 0, roots.c.heard_us)).label("bridge_lost_us"),
        )
        .outerjoin(device_states, device_states.c.device == devices.c.device)
        .outerjoin(roll_calls, roll_calls.c.device == devices.c.device)
        .outerjoin(roots, roots.c.device == devices.c.device)
        .where(devices.c.cart.in_(cart_keys), devices.c.retired_on.is_(None))
        .order_by(devices.c.slot.asc().nulls_last(), devices.c.device)
    )
    if only is not None:
        query = query.where(devices.c.device.in_(only))
    found: dict[int, list[Member]] = {key: [] for key in cart_keys}
    for row in connection.execute(within(query, scope, devices.c.site)).all():
        found[row.cart].append(
            _member(row, standing.get(row.device, []), complained.get(row.device), dark.get(row.device))
        )
    if not scope.has_devices:
        found = {key: [_unnamed(member) for member in members] for key, members in found.items()}
    return {key: tuple(members) for key, members in found.items()}


def list_marked(connection: Connection, scope: Scope, cart_keys: tuple[int, ...]) -> set[int]:
    """The members of these carts of whom a standing flag asks that they be repaired, replaced or claimed.

    Whoever may not see devices is told of none.
    """
    if not scope.has_devices:
        return set()
    query = (
        select(flags.c.device)
        .join(presence, presence.c.device == flags.c.device)
        .where(flags.c.state.in_(STANDING), flags.c.verdict.in_(OUT_OF_SERVICE), presence.c.cart.in_(cart_keys))
    )
    return set(connection.execute(within(query, scope, presence.c.site)).scalars())


def _standing(
    connection: Connection, cart_keys: tuple[int, ...], only: Collection[int] | None
) -> dict[int, list[Any]]:
    query = select(flags.c.device, flags.c.verdict, flags.c.state, flags.c.sentence).where(flags.c.state.in_(STANDING))
    if only is None:
        query = query.join(devices, devices.c.device == flags.c.device).where(devices.c.cart.in_(cart_keys))
    else:
        query = query.where(flags.c.device.in_(only))
    found: dict[int, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.device, []).append(row)
    return found


def _went_dark(connection: Connection, cart_keys: tuple[int, ...], only: Collection[int] | None) -> dict[int, int]:
    """When each member restarted last without coming back by itself."""
    query = select(failures.c.device, func.max(failures.c.occurred_us)).where(IS_NO_RETURN).group_by(failures.c.device)
    if only is None:
        query = query.join(devices, devices.c.device == failures.c.device).where(devices.c.cart.in_(cart_keys))
    else:
        query = query.where(failures.c.device.in_(only))
    return {row[0]: row[1] for row in connection.execute(query)}


def _cart(row: Any) -> Cart:
    return Cart(
        cart=row.cart,
        name=row.name,
        site=row.site_name,
        home_room=row.home_room,
        slots=row.slots,
        charging=row.charging,
        members=row.members or 0,
    )


def _member(row: Any, standing: list[Any], complaint: Complaint | None, dark_us: int | None) -> Member:
    vitals = json.loads(row.vitals) if row.vitals else {}
    first = min(standing, key=_weight, default=None)
    return Member(
        device=row.device,
        device_id=row.device_id,
        name=row.asset_tag or row.serial_number or row.device_id,
        slot=row.slot,
        platform=row.platform,
        model=row.model,
        is_connected=None if row.connected is None else bool(row.connected),
        last_heard_at=None if row.last_heard_us is None else from_us(row.last_heard_us),
        level_percent=vitals.get("battery_level_percent"),
        is_charging=vitals.get("is_charging"),
        is_plugged_in=vitals.get("is_plugged_in"),
        level_at=None if row.vitals_us is None else from_us(row.vitals_us),
        standing=None if first is None else first.verdict,
        is_accepted=first is not None and first.state == "accepted",
        sentence="" if first is None else first.sentence,
        complaint=complaint,
        went_dark_at=None if dark_us is None else from_us(dark_us),
        called_at=None if row.called_us is None else from_us(row.called_us),
        bridge_lost_at=None if row.bridge_lost_us is None else from_us(row.bridge_lost_us),
    )


def _unnamed(member: Member) -> Member:
    """What may be told of it to who may not know which device it is, or what is proposed for it."""
    is_out = member.is_accepted and member.standing in OUT_OF_SERVICE
    return replace(member, device_id="", name="", model=None, standing=None, is_accepted=is_out, sentence="")


def _weight(flag: Any) -> tuple[bool, int]:
    is_out = flag.state == "accepted" and flag.verdict in OUT_OF_SERVICE
    return not is_out, VERDICTS.index(flag.verdict)
