"""Renames a site, merges it into another or removes it, and brings it back with all that was its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, delete, func, insert, select, update

from rollcall_collector.errors import StoreError
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.model.wording import say_count
from rollcall_collector.store.places import belongings, site_lists
from rollcall_collector.store.places.changes import ChangeKind, PlaceChange, note_change
from rollcall_collector.store.sites import find_site
from rollcall_collector.store.tables import (
    carts,
    devices,
    enroll_tokens,
    holidays,
    lessons,
    publishers,
    sites,
)

NAME_MAX = 128


def rename_site(connection: Connection, scope: Scope, name: str, new: str, *, author: str, now: datetime) -> int:
    """Give a site another name; returns the number of the change. Raises StoreError, UnknownNameError."""
    site = _find_own(connection, scope, name)
    new = " ".join(new.split())
    if not new or len(new) > NAME_MAX or not new.isprintable():
        raise StoreError(f"a site's name has 1 to {NAME_MAX} letters on one line")
    if connection.execute(select(sites.c.site).where(sites.c.name == new, sites.c.site != site.site)).first():
        raise StoreError(f"there is a site '{new}' already: if they are one school, merge them")
    connection.execute(update(sites).where(sites.c.site == site.site).values(name=new))
    return _note(connection, "rename", site, (site.site, new), {}, author, now)


def merge_sites(connection: Connection, scope: Scope, name: str, into: str, *, author: str, now: datetime) -> int:
    """Bring all that is a site's to another, which keeps its own hours and holidays; the first is gone then.

    Carts of one name become one: who was in a slot that is taken is in none. Returns the number of the change.
    Raises StoreError, UnknownNameError.
    """
    site, target = _find_own(connection, scope, name), _find_own(connection, scope, into)
    if site.site == target.site:
        raise StoreError(f"'{name}' cannot be merged with itself: name another site")
    before = _remember(connection, site)
    _join_carts(connection, site.site, target.site)
    for table in (devices, publishers, enroll_tokens):
        connection.execute(update(table).where(table.c.site == site.site).values(site=target.site))
    joined = site_lists.join(connection, before, target.site)
    _drop(connection, site.site)
    return _note(connection, "merge", site, (target.site, target.name), before | joined, author, now)


def remove_site(connection: Connection, scope: Scope, name: str, *, author: str, now: datetime) -> int:
    """Take away a site that no device belongs to, with its carts, holidays and tokens; returns the change's number.

    Raises StoreError where it has devices, retired ones too: those must go elsewhere first. Raises UnknownNameError.
    """
    site = _find_own(connection, scope, name)
    before = _remember(connection, site)
    if before["devices"]:
        raise StoreError(
            f"'{name}' has {say_count(len(before['devices']), 'device')}, with the retired ones: "
            "say to which site they go"
        )
    tokens = select(enroll_tokens).where(enroll_tokens.c.site == site.site)
    before["tokens"] = [dict(row._mapping) for row in connection.execute(tokens)]  # noqa: SLF001  # public name
    connection.execute(delete(enroll_tokens).where(enroll_tokens.c.site == site.site))
    connection.execute(update(publishers).where(publishers.c.site == site.site).values(site=None))
    connection.execute(delete(carts).where(carts.c.site == site.site))
    _drop(connection, site.site)
    return _note(connection, "remove", site, (None, ""), before, author, now)


def name_back(connection: Connection, renamed: PlaceChange) -> int:
    """Give a renamed site its former name; returns how many devices it has. Raises StoreError."""
    if connection.execute(select(sites.c.site).where(sites.c.name == renamed.subject)).first():
        raise StoreError(f"there is another site '{renamed.subject}' by now: rename that first")
    back = update(sites).where(sites.c.site == renamed.site, sites.c.name == renamed.target)
    if connection.execute(back.values(name=renamed.subject)).rowcount != 1:
        raise StoreError(f"'{renamed.target}' was changed again since: take that back first")
    return renamed.devices


def bring_back(connection: Connection, gone: PlaceChange, before: Mapping[str, Any]) -> int:
    """Make a merged or removed site again with all that was its own and did not move on; returns how many devices."""
    if connection.execute(select(sites.c.site).where(sites.c.name == gone.subject)).first():
        raise StoreError(f"there is another site '{gone.subject}' by now: rename that first")
    site = _made_again(connection, sites.c.site, before["site"])
    if before["holidays"]:
        connection.execute(
            insert(holidays), [{"site": site, "on": on, "name": name} for on, name in before["holidays"]]
        )
    if before["lessons"]:
        connection.execute(insert(lessons), [{**lesson, "site": site} for lesson in before["lessons"]])
    again = {cart["cart"]: _cart_back(connection, site, gone.site, cart) for cart in before["carts"]}
    belongings.bring_back(connection, before.get("belongings", {}), again)
    back = 0
    for device, cart, slot in before["devices"]:
        moved = update(devices).where(devices.c.device == device, devices.c.site == gone.site)
        back += connection.execute(moved.values(site=site, cart=again.get(cart), slot=slot)).rowcount
    own = publishers.c.publisher.in_(before["publishers"])
    is_same = publishers.c.site.is_(None) if gone.site is None else publishers.c.site == gone.site
    connection.execute(update(publishers).where(own, is_same).values(site=site))
    _tokens_back(connection, site, before["tokens"])
    site_lists.bring_back(connection, before, site, gone.site)
    return back


def _find_own(connection: Connection, scope: Scope, name: str) -> Site:
    """The site, for who sees all: its name stands in everybody's lists. Raises StoreError for others."""
    site = find_site(connection, scope, name)
    if not scope.is_all:
        raise StoreError(
            "a site's name stands in the lists of the whole district: somebody who sees all must change it"
        )
    return site


def _remember(connection: Connection, site: Site) -> dict[str, Any]:
    """All that is this site's, as JSON can hold it."""
    key = site.site
    own = connection.execute(select(sites).where(sites.c.site == key)).one()._mapping  # noqa: SLF001  # public name
    days = connection.execute(select(holidays.c.on, holidays.c.name).where(holidays.c.site == key))
    taught = connection.execute(select(lessons).where(lessons.c.site == key))
    own_carts = select(carts).where(carts.c.site == key).order_by(carts.c.cart)
    rolling = [dict(row._mapping) for row in connection.execute(own_carts)]  # noqa: SLF001  # public name
    places = connection.execute(
        select(devices.c.device, devices.c.cart, devices.c.slot)
        .where(devices.c.site == key)
        .order_by(devices.c.device)
    )
    return {
        "site": dict(own),
        "holidays": [list(row) for row in days],
        "lessons": [dict(row._mapping) for row in taught],  # noqa: SLF001  # public name
        "carts": rolling,
        "belongings": belongings.remember(connection, [cart["cart"] for cart in rolling]),
        "devices": [list(row) for row in places],
        "publishers": list(
            connection.execute(select(publishers.c.publisher).where(publishers.c.site == key)).scalars()
        ),
        "tokens": list(
            connection.execute(select(enroll_tokens.c.token_hash).where(enroll_tokens.c.site == key)).scalars()
        ),
        **site_lists.remember(connection, key),
    }


def _join_carts(connection: Connection, site: int, target: int) -> None:
    """Every cart goes along; one that has a namesake there becomes that."""
    there = {
        row.name: row.cart
        for row in connection.execute(select(carts.c.name, carts.c.cart).where(carts.c.site == target))
    }
    for cart in connection.execute(select(carts).where(carts.c.site == site)).all():
        same = there.get(cart.name)
        if same is None:
            connection.execute(update(carts).where(carts.c.cart == cart.cart).values(site=target))
            continue
        taken = select(devices.c.slot).where(devices.c.cart == same, devices.c.slot.is_not(None))
        beside = (devices.c.cart == cart.cart) & devices.c.slot.in_(list(connection.execute(taken).scalars()))
        connection.execute(update(devices).where(beside).values(slot=None))
        connection.execute(update(devices).where(devices.c.cart == cart.cart).values(cart=same))
        belongings.point_elsewhere(connection, cart.cart, same)
        connection.execute(delete(carts).where(carts.c.cart == cart.cart))


def _drop(connection: Connection, site: int) -> None:
    site_lists.drop(connection, site)
    for table in (holidays, lessons, sites):
        connection.execute(delete(table).where(table.c.site == site))


def _cart_back(connection: Connection, site: int, target: int | None, cart: Mapping[str, Any]) -> int:
    """The cart, if it went along; else one like it."""
    along = update(carts).where(carts.c.cart == cart["cart"], carts.c.site == target, carts.c.name == cart["name"])
    if target is not None and connection.execute(along.values(site=site)).rowcount:
        return int(cart["cart"])
    return _made_again(connection, carts.c.cart, {**cart, "site": site})


def _made_again(connection: Connection, key: Column[Any], row: Mapping[str, Any]) -> int:
    """The row as it was; under another key where SQLite gave its own to a newcomer."""
    is_taken = connection.execute(select(key).where(key == row[key.name])).first() is not None
    values = {name: value for name, value in row.items() if not (is_taken and name == key.name)}
    return int(connection.execute(insert(key.table).values(values).returning(key)).scalar_one())


def _tokens_back(connection: Connection, site: int, tokens: list[Any]) -> None:
    removed = [token | {"site": site} for token in tokens if isinstance(token, dict)]
    if removed:
        connection.execute(insert(enroll_tokens), removed)
    along = enroll_tokens.c.token_hash.in_([token for token in tokens if isinstance(token, str)])
    connection.execute(update(enroll_tokens).where(along).values(site=site))


def _note(  # noqa: PLR0917  # read at its three calls
    connection: Connection,
    kind: ChangeKind,
    site: Site,
    target: tuple[int | None, str],
    before: Mapping[str, Any],
    author: str,
    now: datetime,
) -> int:
    here = target[0] if target[0] is not None else site.site
    moved = connection.execute(select(func.count()).where(devices.c.site == here)).scalar_one()
    count = len(before["devices"]) if "devices" in before else int(moved)
    change = PlaceChange(
        change=0,
        kind=kind,
        site=target[0],
        subject=site.name,
        target=target[1],
        devices=count,
        author=author,
        changed_at=now,
        undone_at=None,
    )
    return note_change(connection, change, before)
