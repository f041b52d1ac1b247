"""On both databases a sign-in link opens one session, whoever else tries at the same time."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from rollcall_collector.identity.people import add_person, create_link, find_person, list_people, redeem_link
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.people import Person
from tests.support.identities import NOW


def test_of_many_who_open_a_link_at_once_one_gets_in(engine: Engine) -> None:
    add_person(engine, "Ada", "admin", Scope.all(), NOW)
    link = create_link(engine, "Ada", NOW)

    with ThreadPoolExecutor(8) as pool:
        got = [one for one in pool.map(lambda _: redeem_link(engine, link, NOW), range(8)) if one]

    assert len(got) == 1
    assert find_person(engine, got[0], NOW) == Person(name="Ada", role="admin", scope=Scope.all())
    assert list_people(engine, Scope.all()) == [Person(name="Ada", role="admin", scope=Scope.all())]
