"""Programs are told every endpoint of the API, by what it is about."""

from rollcall_collector.api.app import create_api
from tests.support.browsing import Served, services_for
from tests.support.reading import read_page, words_of


def test_every_endpoint_stands_on_the_page(served: Served) -> None:
    endpoints = create_api(services_for(served.engine)).openapi()["paths"]

    words = words_of(read_page(served, "/api"))

    assert len(endpoints) > 10
    assert [path for path in endpoints if f"/api/v1{path}" not in words] == []
