"""On both databases an account is one person, a state opens one session, and a role goes with its rule."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select

from rollcall_collector.identity.people import (
    Role,
    add_person,
    bring_back,
    change_person,
    find_person,
    list_people,
    list_removed,
    remove_person,
)
from rollcall_collector.identity.role_map import (
    HEADINGS,
    RoleMapError,
    add_rule,
    import_addresses,
    list_map,
    remove_rule,
)
from rollcall_collector.identity.sessions import end_other_sessions, end_session, list_sessions, own_name
from rollcall_collector.identity.sign_in.enter import connect_account, enter
from rollcall_collector.identity.sign_in.flow import Returned
from rollcall_collector.identity.sign_in.kind import Account
from rollcall_collector.identity.sign_in.refusal import SignInRefusedError
from rollcall_collector.model.scope import Scope
from rollcall_collector.roster import read_list
from rollcall_collector.store.sites import ensure_site
from rollcall_collector.store.tables import accounts, people, sign_ins
from tests.support.identities import NOW, ZONE

KIM = Account(
    issuer="https://id.example",
    subject="1",
    name="Kim",
    address="kim@s.example",
    app_roles=frozenset(),
    groups=frozenset({"it"}),
)


def come(engine: Engine, state: str, account: Account = KIM) -> str:
    return enter(engine, Returned(account=account, to="", state=state, connects=""), browser="", now=NOW)


def refusal(engine: Engine, state: str, account: Account = KIM) -> str:
    with pytest.raises(SignInRefusedError) as refused:
        come(engine, state, account)
    return refused.value.reason


def roles(engine: Engine) -> dict[str, Role]:
    return {one.name: one.role for one in list_people(engine, Scope.all())}


def count(engine: Engine, table: object) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def test_of_many_who_come_at_once_with_one_state_one_gets_in_and_is_one_person(engine: Engine) -> None:
    add_rule(engine, "group", "it", "viewer", NOW)

    def attempt(number: int) -> bool:
        try:
            return bool(come(engine, "the state" if number < 6 else f"state {number}"))
        except SignInRefusedError:
            return False

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(attempt, range(8)))

    assert (sum(got[:6]), sum(got[6:])) == (1, 2)
    assert (count(engine, people), count(engine, accounts)) == (1, 1)


def test_a_rule_that_changes_signs_out_who_has_a_role_by_it_and_nobody_else(engine: Engine) -> None:
    add_rule(engine, "group", "it", "viewer", NOW)
    lee = replace(KIM, subject="2", name="Lee", address="lee@s.example")
    import_addresses(engine, read_list(b"address,role\nlee@s.example,technician\n", HEADINGS), NOW)
    kims, lees = come(engine, "1"), come(engine, "2", lee)

    import_addresses(
        engine, read_list(b"address,role\nlee@s.example,technician\nnew@s.example,viewer\n", HEADINGS), NOW
    )
    stays = find_person(engine, lees, NOW)
    add_rule(engine, "group", "it", "technician", NOW)

    assert stays is not None
    assert find_person(engine, lees, NOW) is not None
    assert find_person(engine, kims, NOW) is None
    assert roles(engine) == {"Lee": "technician"}
    assert list_removed(engine, Scope.all(), NOW) == []  # nobody took it by hand, so nobody gives it back by hand
    come(engine, "3")
    assert roles(engine) == {"Kim": "technician", "Lee": "technician"}


def test_who_shows_nothing_any_more_loses_the_role_at_the_next_sign_in(engine: Engine) -> None:
    add_rule(engine, "group", "it", "viewer", NOW)
    before = come(engine, "1")

    reason = refusal(engine, "2", replace(KIM, groups=frozenset()))

    assert reason == "role"
    assert find_person(engine, before, NOW) is None
    assert roles(engine) == {}


def test_what_an_administrator_says_by_hand_stands_before_the_map(engine: Engine) -> None:
    add_person(engine, "Ada", "admin", Scope.all(), NOW)
    add_rule(engine, "group", "it", "viewer", NOW)
    come(engine, "1")

    change_person(engine, Scope.all(), "Kim", "technician", Scope.all())
    come(engine, "2")
    assert roles(engine)["Kim"] == "technician"
    remove_person(engine, "Kim", NOW)
    assert refusal(engine, "3") == "removed"
    bring_back(engine, Scope.all(), "Kim", NOW)
    come(engine, "4")
    assert roles(engine)["Kim"] == "technician"


def test_somebody_who_is_here_connects_an_account_once(engine: Engine) -> None:
    for name in ("Ada", "Bo"):
        add_person(engine, name, "admin", Scope.all(), NOW)
    by = {name: Returned(account=KIM, to="", state=name, connects=name) for name in ("Ada", "Bo")}

    assert [connect_account(engine, by[name]) for name in ("Ada", "Ada", "Bo")] == [True, True, False]

    session = find_person(engine, come(engine, "1"), NOW)
    assert session is not None
    assert (session.name, session.role, len(roles(engine))) == ("Ada", "admin", 2)


def test_the_last_administrator_cannot_be_mapped_away(engine: Engine) -> None:
    add_rule(engine, "group", "it", "admin", NOW)
    session = come(engine, "1")

    for change in (
        lambda: remove_rule(engine, "group", "it", NOW),
        lambda: add_rule(engine, "group", "it", "viewer", NOW),
    ):
        with pytest.raises(RoleMapError, match="nobody would be left"):
            change()

    assert [one.said.role for one in list_map(engine)] == ["admin"]
    assert find_person(engine, session, NOW) is not None


def test_a_role_is_for_the_sites_of_its_rules(engine: Engine) -> None:
    with engine.begin() as connection:
        oak, elm = (ensure_site(connection, name, ZONE)[0] for name in ("Oak", "Elm"))
    import_addresses(
        engine, read_list(b"email;role;school\nkim@s.example;viewer;Oak\nkim@s.example;viewer;elm\n", HEADINGS), NOW
    )

    person = find_person(engine, come(engine, "1"), NOW)

    assert person is not None
    assert person.scope.sites == frozenset({oak, elm})
    with pytest.raises(RoleMapError, match="line 2: there is no site 'Ash'"):
        import_addresses(engine, read_list(b"email,role,school\nkim@s.example,viewer,Ash\n", HEADINGS), NOW)


def test_sessions_are_listed_and_ended_one_by_one(engine: Engine) -> None:
    add_rule(engine, "group", "it", "viewer", NOW)
    first, second, third = (come(engine, state) for state in "123")

    assert end_session(engine, "Kim", own_name(second)) == 1
    assert {one.name for one in list_sessions(engine, "Kim", NOW)} == {own_name(first), own_name(third)}
    assert end_other_sessions(engine, "Kim", third) == 1
    assert [find_person(engine, one, NOW) is not None for one in (first, second, third)] == [False, False, True]
    assert end_session(engine, "Kim", "%") == 0


def test_refused_sign_ins_leave_no_row(engine: Engine) -> None:
    for number in range(50):
        assert refusal(engine, f"{number}", replace(KIM, subject=f"{number}", groups=frozenset())) == "role"

    assert [count(engine, table) for table in (people, accounts, sign_ins)] == [0, 0, 0]
