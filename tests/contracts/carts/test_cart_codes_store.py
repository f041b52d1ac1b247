"""A cart has one code that works and a complaint a slot, however many ask at once; the same on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, func, select

from rollcall_collector.errors import TooManyComplaintsError, UnknownNameError
from rollcall_collector.identity.cart_codes import find_coded, make_code
from rollcall_collector.model.cart import OPEN_MAX, Member
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Lesson
from rollcall_collector.store.carts import cart_members, find_cart
from rollcall_collector.store.retention import CLOSED_DAYS, remove_ended
from rollcall_collector.store.sites import find_site, set_lessons
from rollcall_collector.store.tables import cart_codes, carts, complaints
from rollcall_collector.store.teachers.cart_codes import end_code, list_codes, restore_code
from rollcall_collector.store.teachers.complaints import (
    close_complaint,
    complaints_of,
    keep_complaint,
    list_complaints,
    reopen_complaint,
    withdraw_complaint,
)
from tests.support.fleets.kept import keep_device

NOW = datetime(2026, 11, 24, 9, 12, tzinfo=UTC)
ALL = Scope.all()


@pytest.fixture
def cart(engine: Engine) -> int:
    """Cart B of the Oak school: a device in each of its first nine slots."""
    with engine.begin() as connection:
        for slot in range(1, 10):
            keep_device(connection, f"a{slot}", site="Oak", cart="B", slot=slot)
        return find_cart(connection, ALL, "B").cart


def said_of(engine: Engine, cart: int, slot: int) -> Member:
    with engine.connect() as connection:
        return next(one for one in cart_members(connection, ALL, (cart,))[cart] if one.slot == slot)


def test_of_a_code_only_the_hash_is_kept_and_its_last_use(engine: Engine, cart: int) -> None:
    secret = make_code(engine, ALL, cart, author="Tom", now=NOW)

    found = [find_coded(engine, secret, NOW + timedelta(minutes=minute)) for minute in (0, 4, 8)]

    assert [one.cart for one in found if one] == [cart] * 3
    assert found[0] is not None
    assert not found[0].scope.is_all
    assert len(secret) >= 22  # 128 bits in letters of six bits
    with engine.connect() as connection:
        (code,) = list_codes(connection, ALL, cart)
        kept = str(connection.execute(select(cart_codes)).one())
    assert (code.made_by, code.used_at) == ("Tom", NOW + timedelta(minutes=8))
    assert secret not in kept


def test_one_code_of_a_cart_works_and_the_one_before_can_come_back(engine: Engine, cart: int) -> None:
    secrets = [make_code(engine, ALL, cart, author="Tom", now=NOW) for _ in range(3)]
    newest = [find_coded(engine, secret, NOW) is not None for secret in secrets]
    with engine.begin() as connection:
        codes = list_codes(connection, ALL, cart)
        restore_code(connection, ALL, codes[1].code, NOW)

    restored = [find_coded(engine, secret, NOW) is not None for secret in secrets]
    with engine.begin() as connection:
        ended = end_code(connection, ALL, cart, NOW), end_code(connection, ALL, cart, NOW)

    assert (newest, restored) == ([False, False, True], [False, True, False])
    assert [one.ended_at is None for one in codes] == [True, False]
    assert ended == (True, False)
    assert find_coded(engine, secrets[1], NOW) is None


def test_who_does_not_see_the_school_makes_no_code(engine: Engine, cart: int) -> None:
    with pytest.raises(UnknownNameError):
        make_code(engine, Scope(sites=frozenset()), cart, author="Eve", now=NOW)


def test_said_twice_is_said_once_even_at_the_same_instant(engine: Engine, cart: int) -> None:
    def tap(_number: int) -> int | None:
        with engine.begin() as connection:
            return keep_complaint(connection, cart, 7, "screen", NOW)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(tap, range(16)))

    assert len([one for one in made if one is not None]) == 1
    complaint = said_of(engine, cart, 7).complaint
    assert complaint is not None
    assert (complaint.slot, complaint.trouble, complaint.device_id, complaint.site) == (7, "screen", "d-a7", "Oak")


def test_a_cart_takes_a_few_complaints_and_more_once_some_are_closed(engine: Engine, cart: int) -> None:
    with engine.begin() as connection:
        made = [keep_complaint(connection, cart, slot, None, NOW) for slot in range(1, OPEN_MAX + 1)]
        with pytest.raises(TooManyComplaintsError):
            keep_complaint(connection, cart, 9, None, NOW)
        assert made[0] is not None
        close_complaint(connection, ALL, made[0], author="Tom", now=NOW)

        more = keep_complaint(connection, cart, 9, None, NOW)

    assert more is not None


def test_a_complaint_is_closed_taken_back_and_withdrawn(engine: Engine, cart: int) -> None:
    with engine.begin() as connection:
        made = keep_complaint(connection, cart, 7, None, NOW)
        assert made is not None
        close_complaint(connection, ALL, made, author="Tom", now=NOW)
        closed = said_of_device(connection, cart)
        (shown,) = list_complaints(connection, ALL, closed_since=NOW)
        reopen_complaint(connection, ALL, made)
        again = said_of_device(connection, cart)
        elsewhere, own = withdraw_complaint(connection, cart + 1, made), withdraw_complaint(connection, cart, made)

    assert (closed, again, elsewhere, own) == (0, 1, False, True)
    assert (shown.closed_by, shown.closed_at) == ("Tom", NOW)
    with engine.connect() as connection:
        assert list_complaints(connection, ALL, closed_since=NOW) == ()


def said_of_device(connection: object, cart: int) -> int:
    members = cart_members(connection, ALL, (cart,))[cart]  # type: ignore[arg-type]
    device = next(one.device for one in members if one.slot == 7)
    return len(complaints_of(connection, ALL, device))  # type: ignore[arg-type]


def test_a_closing_taken_back_leaves_a_newer_complaint_of_the_slot_alone(engine: Engine, cart: int) -> None:
    with engine.begin() as connection:
        first = keep_complaint(connection, cart, 7, "screen", NOW)
        assert first is not None
        close_complaint(connection, ALL, first, author="Tom", now=NOW)
        second = keep_complaint(connection, cart, 7, "battery", NOW)

        reopen_complaint(connection, ALL, first)

        assert [one.complaint for one in list_complaints(connection, ALL)] == [second]


def test_a_complaint_goes_with_its_device_and_not_with_the_slot(engine: Engine, cart: int) -> None:
    with engine.begin() as connection:
        keep_complaint(connection, cart, 7, None, NOW)
        keep_complaint(connection, cart, None, None, NOW)
        keep_device(connection, "spare", site="Oak", cart="B", slot=7)
        nobodys = keep_complaint(connection, cart, 8, None, NOW)

    found = {one.device_id: one.complaint is not None for one in members_of(engine, cart)}

    assert nobodys is not None
    assert {name for name, is_said in found.items() if is_said} == {"d-a7", "d-a8"}


def members_of(engine: Engine, cart: int) -> tuple[Member, ...]:
    with engine.connect() as connection:
        return cart_members(connection, ALL, (cart,))[cart]


def test_closed_complaints_are_forgotten_after_a_school_year(engine: Engine, cart: int) -> None:
    with engine.begin() as connection:
        made = keep_complaint(connection, cart, 7, None, NOW)
        assert made is not None
        close_complaint(connection, ALL, made, author="Tom", now=NOW)
        keep_complaint(connection, cart, 8, None, NOW)

        removed = [remove_ended(connection, NOW + timedelta(days=days)) for days in (CLOSED_DAYS, CLOSED_DAYS + 1)]

        assert removed == [0, 1]
        assert connection.execute(select(func.count()).select_from(complaints)).scalar_one() == 1


def test_a_cart_that_goes_takes_its_code_and_complaints_along(engine: Engine, cart: int) -> None:
    make_code(engine, ALL, cart, author="Tom", now=NOW)
    with engine.begin() as connection:
        keep_complaint(connection, cart, None, None, NOW)
        connection.exec_driver_sql("UPDATE devices SET cart = NULL")

        connection.execute(delete(carts).where(carts.c.cart == cart))

        assert connection.execute(select(func.count()).select_from(cart_codes)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(complaints)).scalar_one() == 0


def test_lessons_are_kept_in_order_and_replaced_whole(engine: Engine, cart: int) -> None:
    first, second = (
        Lesson(label="1", starts_minute=520, ends_minute=570),
        Lesson(label="2", starts_minute=580, ends_minute=630),
    )
    with engine.begin() as connection:
        set_lessons(connection, ALL, "Oak", (second, first))
        both = find_site(connection, ALL, "Oak").lessons
        set_lessons(connection, ALL, "Oak", (second,))

        assert (both, find_site(connection, ALL, "Oak").lessons) == ((first, second), (second,))
