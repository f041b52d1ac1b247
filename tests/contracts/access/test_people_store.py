"""On both databases a sign-in link opens one session, whoever else tries at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from rollcall_collector.identity.people import (
    LastAdminError,
    Link,
    Person,
    UnknownPersonError,
    add_person,
    bring_back,
    change_person,
    create_link,
    describe_link,
    dismiss_person,
    find_person,
    list_people,
    list_removed,
    redeem_link,
)
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sites import ensure_site
from tests.support.identities import NOW


def test_of_many_who_open_a_link_at_once_one_gets_in(engine: Engine) -> None:
    add_person(engine, "Ada", "admin", Scope.all(), NOW)
    link = create_link(engine, "Ada", NOW)

    with ThreadPoolExecutor(8) as pool:
        got = [one for one in pool.map(lambda _: redeem_link(engine, link, NOW), range(8)) if one]

    assert len(got) == 1
    assert find_person(engine, got[0], NOW) == Person(name="Ada", role="admin", scope=Scope.all())
    assert list_people(engine, Scope.all()) == [Person(name="Ada", role="admin", scope=Scope.all())]


def test_of_two_administrators_who_remove_each_other_at_once_one_stays(engine: Engine) -> None:
    for name in ("Ada", "Bo"):
        add_person(engine, name, "admin", Scope.all(), NOW)

    def remove(name: str) -> bool:
        try:
            dismiss_person(engine, Scope.all(), name, NOW)
        except LastAdminError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        removed = list(pool.map(remove, ("Ada", "Bo")))

    assert sorted(removed) == [False, True]
    assert len(list_people(engine, Scope.all())) == 1


def test_a_removal_is_taken_back_with_role_and_schools_but_not_outside_the_scope(engine: Engine) -> None:
    with engine.begin() as connection:
        oak, _ = ensure_site(connection, "Oak", "UTC")
        elm, _ = ensure_site(connection, "Elm", "UTC")
    theirs, others = Scope(sites=frozenset({oak})), Scope(sites=frozenset({elm}))
    add_person(engine, "Tom", "technician", theirs, NOW)
    dismiss_person(engine, theirs, "Tom", NOW)

    with pytest.raises(UnknownPersonError):
        bring_back(engine, others, "Tom", NOW)
    assert list_removed(engine, others, NOW) == []
    assert [one.name for one in list_removed(engine, theirs, NOW)] == ["Tom"]
    bring_back(engine, theirs, "Tom", NOW)

    assert list_people(engine, theirs) == [Person(name="Tom", role="technician", scope=theirs)]
    with pytest.raises(UnknownPersonError):
        bring_back(engine, theirs, "Tom", NOW)


def test_role_and_sites_are_changed_only_within_the_scope_and_the_last_administrator_keeps_them(
    engine: Engine,
) -> None:
    with engine.begin() as connection:
        oak, _ = ensure_site(connection, "Oak", "UTC")
        elm, _ = ensure_site(connection, "Elm", "UTC")
    theirs = Scope(sites=frozenset({oak}))
    add_person(engine, "Ada", "admin", Scope.all(), NOW)
    add_person(engine, "Tom", "viewer", theirs, NOW)

    with pytest.raises(UnknownPersonError):
        change_person(engine, theirs, "Ada", "viewer", theirs)
    with pytest.raises(LastAdminError):
        change_person(engine, Scope.all(), "Ada", "admin", theirs)
    was = change_person(engine, theirs, "Tom", "technician", theirs)
    moved = change_person(engine, Scope.all(), "Tom", "technician", Scope(sites=frozenset({elm})))

    assert (was.role, was.scope, moved.role) == ("viewer", theirs, "technician")
    assert [(one.name, one.role, one.scope.sites) for one in list_people(engine, Scope.all())] == [
        ("Ada", "admin", None),
        ("Tom", "technician", {elm}),
    ]


def test_a_link_tells_whose_it_is_and_whether_it_was_used(engine: Engine) -> None:
    add_person(engine, "Ms Lee", "viewer", Scope.all(), NOW)
    link = create_link(engine, "Ms Lee", NOW, minutes=60)

    before = describe_link(engine, link)
    redeem_link(engine, link, NOW)
    after = describe_link(engine, link)

    assert before == Link(name="Ms Lee", expires_at=NOW + timedelta(hours=1), used_at=None)
    assert after == Link(name="Ms Lee", expires_at=NOW + timedelta(hours=1), used_at=NOW)
    assert describe_link(engine, "another") is None
