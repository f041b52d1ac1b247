"""A password lets in who knows it; many wrong ones shut the name for a while, and never fill the memory."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select

from rollcall_collector.identity.attempts import NAMES_MAX, SHUT, WRONG_MAX, Attempts
from rollcall_collector.identity.passwords import (
    LINE_MAX,
    BusyError,
    ShutError,
    WeakPasswordError,
    WrongPasswordError,
    _turn,
    choose_password,
    enter_by_password,
    make_emergency,
    reset_password,
)
from rollcall_collector.identity.people import add_person, find_person, remove_person
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sign_in.passwords import put_password
from rollcall_collector.store.tables import passwords
from tests.support.identities import NOW, new_store

WORDS = "four words are good"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = new_store(tmp_path)
    add_person(made, "Tom", "technician", Scope.all(), NOW)
    choose(made, WORDS)
    yield made
    made.dispose()


def choose(engine: Engine, password: str, before: str = "") -> None:
    choose_password(engine, Attempts(), "Tom", password, before=before, keep_session="", now=NOW)


def enter(engine: Engine, attempts: Attempts, password: str = WORDS, name: str = "Tom", minutes: int = 0) -> str:
    at = NOW + timedelta(minutes=minutes)
    return enter_by_password(engine, attempts, name, password, browser="", now=at)


def test_the_right_password_opens_a_session_and_is_kept_as_a_hash_alone(engine: Engine) -> None:
    session = enter(engine, Attempts())

    person = find_person(engine, session, NOW)
    with engine.connect() as connection:
        kept = connection.execute(select(passwords.c.secret_hash)).scalar_one()
    assert person is not None
    assert person.name == "Tom"
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("password", ["eleven char", "Tom", "x" * 201])
def test_a_weak_password_is_not_kept(engine: Engine, password: str) -> None:
    with pytest.raises(WeakPasswordError):
        choose(engine, password, WORDS)


def test_who_has_a_password_must_know_it_to_choose_another(engine: Engine) -> None:
    with pytest.raises(WrongPasswordError):
        choose(engine, WORDS * 2, "another one")
    choose(engine, WORDS * 2, WORDS)

    assert enter(engine, Attempts(), WORDS * 2)


def test_ten_wrong_ones_shut_the_name_for_a_quarter_of_an_hour_even_at_once(engine: Engine) -> None:
    attempts = Attempts()

    def guess(number: int) -> type[Exception]:
        with pytest.raises((WrongPasswordError, ShutError)) as refused:
            enter(engine, attempts, f"wrong password {number}")
        return refused.type

    with ThreadPoolExecutor(4) as pool:
        refusals = list(pool.map(guess, range(16)))

    assert refusals.count(WrongPasswordError) <= WRONG_MAX + 3  # those that were being tried by then
    with pytest.raises(ShutError) as refused:
        enter(engine, attempts)
    assert refused.value.until == NOW + SHUT
    assert enter(engine, attempts, minutes=16)


def test_where_the_line_is_full_nobody_waits_and_no_try_is_counted(engine: Engine) -> None:
    attempts = Attempts()

    with ExitStack() as line:
        for _ in range(LINE_MAX):
            line.enter_context(_turn())
        for _ in range(WRONG_MAX + 1):
            with pytest.raises(BusyError):
                enter(engine, attempts)

    assert enter(engine, attempts)


def test_nobody_can_shut_out_the_emergency_administrator(engine: Engine) -> None:
    name, password = make_emergency(engine, NOW)
    attempts = Attempts()
    for number in range(WRONG_MAX + 2):
        with pytest.raises(WrongPasswordError):
            enter(engine, attempts, f"guess {number}", name)

    assert enter(engine, attempts, password, name)
    again, another = make_emergency(engine, NOW)
    assert (again, another != password) == (name, True)
    with pytest.raises(WrongPasswordError):
        enter(engine, attempts, password, name)


def test_a_reset_ends_everything_and_a_removed_person_is_not_let_in(engine: Engine) -> None:
    attempts = Attempts()
    session = enter(engine, attempts)

    reset_password(engine, attempts, "Tom")
    with pytest.raises(WrongPasswordError):
        enter(engine, attempts)
    choose(engine, WORDS)
    remove_person(engine, "Tom", NOW)
    with pytest.raises(WrongPasswordError):
        enter(engine, attempts)

    assert find_person(engine, session, NOW) is None


def test_whoever_is_called_like_somebody_who_left_does_not_get_their_password(engine: Engine) -> None:
    remove_person(engine, "Tom", NOW)
    add_person(engine, "Tom", "viewer", Scope.all(), NOW)

    with pytest.raises(WrongPasswordError):
        enter(engine, Attempts())


def test_a_hash_of_an_older_release_is_renewed_when_it_is_used(engine: Engine) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(WORDS)
    put_password(engine, "Tom", old, keep_session="", now_us=1)

    enter(engine, Attempts())

    with engine.connect() as connection:
        assert "m=19456" in connection.execute(select(passwords.c.secret_hash)).scalar_one()


def test_twenty_thousand_names_take_the_room_of_ten_thousand() -> None:
    attempts = Attempts()

    for number in range(2 * NAMES_MAX):
        attempts.note_wrong(f"name {number}", NOW)

    assert len(attempts._wrong) == NAMES_MAX
