"""How a device comes in is told with commands that can be copied as they stand."""

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sites import list_sites
from tests.support.browsing import Served
from tests.support.reading import read_page, words_of


def test_the_commands_name_this_server_and_its_first_school(served: Served) -> None:
    with served.engine.connect() as connection:
        first = list_sites(connection, Scope.all())[0].name

    words = words_of(read_page(served, "/enroll"))

    assert f'rollcall enroll-token create --site "{first}" --uses 30' in words
    assert f"rollcall-agent enroll {served.url}" in words
    assert "Only this computer reaches this address" in words
