"""The page Audit tells who decided, changed, exported and signed in, with filters, and as a table."""

import csv
import io
from collections.abc import Iterator

import pytest

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.judged.flags import list_flags
from tests.support.browsing import Served, serving
from tests.support.reading import client_of, words_of


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A district of its own: what is done here is looked for."""
    with serving(tmp_path_factory.mktemp("audit"), has_record=False) as running:
        yield running


def test_what_people_do_on_pages_is_read_there_filtered_and_taken_along(served: Served) -> None:
    with served.engine.connect() as connection:
        flag = list_flags(connection, Scope.all())[0]
    with client_of(served) as tom:
        tom.post(f"/flags/{flag.flag}/decisions", data={"action": "accept", "reason": "it is old"})
        tom.get("/devices.csv?site=Ash")
    with client_of(served, "admin") as ada:
        ada.post("/people", data={"name": "Ms Lee", "role": "viewer"})
        everything = words_of(ada.get("/audit").text)
        decided = words_of(ada.get("/audit?deed=decided&by=Tom").text.split("<tbody>")[1])
        none = ada.get("/audit?about=nowhere&since=nonsense").text
        table = ada.get("/audit.csv?deed=exported").text
        again = words_of(ada.get("/audit?deed=exported").text)
    with client_of(served) as tom:
        refused = tom.get("/audit").status_code

    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\N{BYTE ORDER MARK}"))))
    assert f"Tom decided flag {flag.device_id} {flag.finding} state: open → accepted" in everything
    assert "Ada changed person Ms Lee role: viewer" in everything
    assert "reason: it is old" in decided
    assert "Ms Lee" not in decided
    assert "Nobody did anything like that" in none
    assert [(row["by"], row["name"], row["after"]) for row in rows] == [
        ("Ada", "/audit.csv", '{"asked": "deed=exported"}'),
        ("Tom", "/devices.csv", '{"asked": "site=Ash"}'),
    ]
    assert "Ada exported table /audit.csv" in again
    assert refused == 403
