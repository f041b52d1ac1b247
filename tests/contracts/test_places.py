"""Devices move and sites merge in one transaction, and what is taken back is as it was."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from rollcall_collector.errors import StoreError, UnknownNameError
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Lesson
from rollcall_collector.store.carts import list_carts, set_cart
from rollcall_collector.store.places.changes import list_changes
from rollcall_collector.store.places.merging import merge_sites, remove_site, rename_site
from rollcall_collector.store.places.moves import Destination, move_devices
from rollcall_collector.store.places.undo import undo_change
from rollcall_collector.store.sites import add_holidays, ensure_site, find_site, set_lessons
from rollcall_collector.store.tables import (
    cart_codes,
    carts,
    devices,
    enroll_tokens,
    person_sites,
    role_rule_sites,
    role_rules,
    roster_changes,
    sites,
)
from rollcall_collector.store.tables import people as people_table
from rollcall_collector.store.teachers.cart_codes import list_codes, replace_code
from rollcall_collector.store.teachers.complaints import keep_complaint, list_complaints
from tests.support.fleets.kept import keep_device

NOW = datetime(2026, 11, 24, 9, 40, tzinfo=UTC)
ALL = Scope.all()
SAID: dict[str, Any] = {"author": "Kim", "now": NOW}


@pytest.fixture
def connection(engine: Engine) -> Any:
    with engine.begin() as opened:
        yield opened


def _school(connection: Connection, site: str, *serials: str, cart: str = "Cart B") -> list[int]:
    return [
        keep_device(connection, serial, site=site, cart=cart, slot=place) for place, serial in enumerate(serials, 1)
    ]


def _standing(connection: Connection) -> list[tuple[Any, ...]]:
    """Where every device is, by names: keys may differ."""
    known = {row.site: row.name for row in connection.execute(select(sites))}
    carts = {cart.cart: (cart.name, cart.site, cart.home_room) for cart in list_carts(connection, ALL)}
    rows = connection.execute(select(devices).order_by(devices.c.serial_number))
    return [(row.serial_number.lower(), known.get(row.site), carts.get(row.cart), row.slot) for row in rows]


def test_a_typo_merged_into_its_school_brings_devices_carts_tokens_and_people(connection: Connection) -> None:
    _school(connection, "Hill School", "a", "b")
    _school(connection, "Hill Scool", "c", "d", "e")
    _school(connection, "Hill Scool", "f", cart="Cart C")
    wrong, right = (find_site(connection, ALL, name).site for name in ("Hill Scool", "Hill School"))
    add_holidays(connection, wrong, (NOW.date(),), "Fair")
    token = {"token_hash": "t", "uses_left": 3, "created_us": 1, "expires_us": 2}
    connection.execute(insert(enroll_tokens).values(site=wrong, **token))
    person = connection.execute(
        insert(people_table)
        .values(name="Hal", role="viewer", created_us=1, has_all_sites=False)
        .returning(people_table.c.person)
    ).scalar_one()
    connection.execute(insert(person_sites).values(person=person, site=wrong))
    rule = {"kind": "group", "value": "teachers", "role": "viewer", "has_all_sites": False}
    key = connection.execute(insert(role_rules).values(rule).returning(role_rules.c.rule)).scalar_one()
    connection.execute(insert(role_rule_sites).values(rule=key, site=wrong))
    before = _standing(connection)

    change = merge_sites(connection, ALL, "Hill Scool", "Hill School", **SAID)

    assert [(name, site, cart and cart[0], slot) for name, site, cart, slot in _standing(connection)] == [
        ("a", "Hill School", "Cart B", 1),
        ("b", "Hill School", "Cart B", 2),
        ("c", "Hill School", "Cart B", None),
        ("d", "Hill School", "Cart B", None),
        ("e", "Hill School", "Cart B", 3),
        ("f", "Hill School", "Cart C", 1),
    ]
    assert connection.execute(select(enroll_tokens.c.site)).scalars().all() == [right]
    assert connection.execute(select(person_sites.c.site)).scalars().all() == [right]
    assert connection.execute(select(role_rule_sites.c.site)).scalars().all() == [right]
    with pytest.raises(UnknownNameError):
        find_site(connection, ALL, "Hill Scool")

    assert undo_change(connection, ALL, change, NOW) == 4
    back = find_site(connection, ALL, "Hill Scool")
    assert _standing(connection) == before
    assert back.holidays == {NOW.date()}
    assert connection.execute(select(enroll_tokens.c.site)).scalars().all() == [back.site]
    assert connection.execute(select(person_sites.c.site)).scalars().all() == [back.site]
    assert connection.execute(select(role_rule_sites.c.site)).scalars().all() == [back.site]


def _codes(connection: Connection) -> dict[str, tuple[str, str]]:
    """Where each code that works stands: school and cart."""
    query = select(cart_codes.c.secret_hash, sites.c.name, carts.c.name.label("cart"))
    found = query.join(carts, carts.c.cart == cart_codes.c.cart).join(sites, sites.c.site == carts.c.site)
    rows = connection.execute(found.where(cart_codes.c.ended_us.is_(None)))
    return {row.secret_hash: (row.name, row.cart) for row in rows}


def _cart_of(connection: Connection, site: str, name: str = "Cart B") -> int:
    return next(cart.cart for cart in list_carts(connection, ALL) if (cart.site, cart.name) == (site, name))


def test_a_merge_takes_codes_complaints_and_lessons_along_and_its_undo_brings_them_back(
    connection: Connection,
) -> None:
    _school(connection, "Oak", "a")
    _school(connection, "Typo", "b", "c")
    _school(connection, "Typo", "d", cart="Cart C")
    for site, name, code in (("Oak", "Cart B", "oak"), ("Typo", "Cart B", "typo"), ("Typo", "Cart C", "third")):
        cart = _cart_of(connection, site, name)
        replace_code(connection, ALL, cart, secret_hash=code, author="Kim", now=NOW)
    keep_complaint(connection, _cart_of(connection, "Oak"), 1, "screen", NOW)
    for slot in (1, 2):
        keep_complaint(connection, _cart_of(connection, "Typo"), slot, "battery", NOW)
    lesson = Lesson(label="1", starts_minute=480, ends_minute=525)
    set_lessons(connection, ALL, "Typo", (lesson,))
    before = (_codes(connection), sorted((one.site, one.slot) for one in list_complaints(connection, ALL)))

    change = merge_sites(connection, ALL, "Typo", "Oak", **SAID)
    merged = (_codes(connection), sorted((one.site, one.slot) for one in list_complaints(connection, ALL)))
    taught = find_site(connection, ALL, "Oak").lessons
    undo_change(connection, ALL, change, NOW)

    assert merged == ({"oak": ("Oak", "Cart B"), "third": ("Oak", "Cart C")}, [("Oak", 1), ("Oak", 2)])
    assert taught == ()
    assert (_codes(connection), sorted((one.site, one.slot) for one in list_complaints(connection, ALL))) == before
    assert find_site(connection, ALL, "Typo").lessons == (lesson,)


def test_a_code_made_after_a_merge_stays_and_the_one_before_comes_back_ended_or_where_it_was(
    connection: Connection,
) -> None:
    _school(connection, "Oak", "a")
    _school(connection, "Typo", "b")
    replace_code(connection, ALL, _cart_of(connection, "Typo"), secret_hash="typo", author="Kim", now=NOW)
    change = merge_sites(connection, ALL, "Typo", "Oak", **SAID)
    assert _codes(connection) == {"typo": ("Oak", "Cart B")}
    replace_code(connection, ALL, _cart_of(connection, "Oak"), secret_hash="newer", author="Kim", now=NOW)

    undo_change(connection, ALL, change, NOW)

    assert _codes(connection) == {"newer": ("Oak", "Cart B")}
    assert [code.ended_at for code in list_codes(connection, ALL, _cart_of(connection, "Typo"))] == [NOW]


def test_a_removed_site_comes_back_with_the_codes_of_its_carts_and_its_lessons(connection: Connection) -> None:
    keys = _school(connection, "Oak", "a")
    _school(connection, "Elm", "b")
    replace_code(connection, ALL, _cart_of(connection, "Oak"), secret_hash="oak", author="Kim", now=NOW)
    lesson = Lesson(label="1", starts_minute=480, ends_minute=525)
    set_lessons(connection, ALL, "Oak", (lesson,))
    move_devices(connection, ALL, keys, Destination(site=find_site(connection, ALL, "Elm")), **SAID)

    change = remove_site(connection, ALL, "Oak", **SAID)
    replace_code(connection, ALL, _cart_of(connection, "Elm"), secret_hash="elm", author="Kim", now=NOW)
    undo_change(connection, ALL, change, NOW)

    assert _codes(connection) == {"elm": ("Elm", "Cart B"), "oak": ("Oak", "Cart B")}
    assert find_site(connection, ALL, "Oak").lessons == (lesson,)


def test_who_moved_on_after_a_merge_stays_where_it_went(connection: Connection) -> None:
    first, _ = _school(connection, "Typo", "a", "b")
    _school(connection, "Oak", "c")
    _school(connection, "Elm", "d")
    change = merge_sites(connection, ALL, "Typo", "Oak", **SAID)
    move_devices(connection, ALL, [first], Destination(site=find_site(connection, ALL, "Elm")), **SAID)

    back = undo_change(connection, ALL, change, NOW)

    assert back == 1
    assert [(name, site) for name, site, _, _ in _standing(connection)][:2] == [("a", "Elm"), ("b", "Typo")]


def test_a_site_with_devices_is_not_removed_and_an_empty_one_comes_back_with_its_carts(connection: Connection) -> None:
    keys = _school(connection, "Oak", "a")
    _school(connection, "Elm", "b")
    connection.execute(update(devices).where(devices.c.device.in_(keys)).values(retired_on=20_000))

    with pytest.raises(StoreError, match="1 device, with the retired ones"):
        remove_site(connection, ALL, "Oak", **SAID)
    move_devices(connection, ALL, keys, Destination(site=find_site(connection, ALL, "Elm")), **SAID)
    change = remove_site(connection, ALL, "Oak", **SAID)
    gone = [cart.site for cart in list_carts(connection, ALL)]
    undo_change(connection, ALL, change, NOW)

    assert gone == ["Elm"]
    assert [(cart.site, cart.name) for cart in list_carts(connection, ALL)] == [("Elm", "Cart B"), ("Oak", "Cart B")]


def test_a_rename_to_a_name_that_is_taken_is_refused_and_a_name_taken_since_is_not_taken_back(
    connection: Connection,
) -> None:
    _school(connection, "Oak", "a")
    _school(connection, "Elm", "b")

    with pytest.raises(StoreError, match="merge them"):
        rename_site(connection, ALL, "Oak", " Elm ", **SAID)
    change = rename_site(connection, ALL, "Oak", "Ash", **SAID)
    ensure_site(connection, "Oak", "UTC")

    with pytest.raises(StoreError, match="another site 'Oak'"):
        undo_change(connection, ALL, change, NOW)


def test_a_move_takes_free_slots_sets_the_room_and_is_taken_back_once(connection: Connection) -> None:
    keys = _school(connection, "Oak", "a", "b")
    _school(connection, "Elm", "c", "d")
    elm = find_site(connection, ALL, "Elm")
    (cart,) = [one for one in list_carts(connection, ALL) if one.site == "Elm"]
    set_cart(connection, ALL, cart.cart, home_room="Lab")
    before = _standing(connection)

    to = Destination(site=elm, cart="Cart B", first_slot=2, room="Attic")
    change = move_devices(connection, ALL, keys, to, **SAID)

    assert _standing(connection)[:2] == [
        ("a", "Elm", ("Cart B", "Elm", "Attic"), 3),
        ("b", "Elm", ("Cart B", "Elm", "Attic"), 4),
    ]
    assert undo_change(connection, ALL, change, NOW) == 2
    assert _standing(connection) == before
    with pytest.raises(StoreError, match="already"):
        undo_change(connection, ALL, change, NOW)


def test_what_is_out_of_scope_is_neither_moved_nor_taken_back(connection: Connection) -> None:
    keys = _school(connection, "Oak", "a")
    _school(connection, "Elm", "b")
    oak, elm = (find_site(connection, ALL, name) for name in ("Oak", "Elm"))
    at_elm, at_oak = Scope(sites=frozenset({elm.site})), Scope(sites=frozenset({oak.site}))

    with pytest.raises(StoreError, match="nothing to move"):
        move_devices(connection, at_elm, keys, Destination(site=elm), **SAID)
    with pytest.raises(StoreError, match="nothing to move"):
        move_devices(connection, at_oak, keys, Destination(site=elm), **SAID)
    change = move_devices(connection, ALL, keys, Destination(site=elm), **SAID)

    with pytest.raises(UnknownNameError):
        undo_change(connection, at_oak, change, NOW)
    with pytest.raises(StoreError, match="do not see"):
        undo_change(connection, at_elm, change, NOW)
    assert list_changes(connection, at_oak) == ()
    assert connection.execute(select(roster_changes.c.kind)).scalars().all() == ["move"]
