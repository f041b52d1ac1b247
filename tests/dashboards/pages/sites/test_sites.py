"""Schools are renamed, merged and removed on a page, a slip of the pen is asked about, and all can be taken back."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rollcall_collector.identity.people import add_person, create_link, redeem_link
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sites import count_sites, find_site
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, read_page, words_of


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, has_record=False) as served:
        yield served


def _sites(served: Served) -> dict[str, int]:
    with served.engine.connect() as connection:
        return {site.name: site.devices for site in count_sites(connection, Scope.all())}


def _send(client: httpx.Client, address: str, **words: str) -> httpx.Response:
    return client.post(address, data=words, follow_redirects=True)


def _undo(client: httpx.Client, html: str) -> httpx.Response:
    change = re.search(r'name="change" value="(\d+)"', html)
    assert change is not None
    return _send(client, "/sites/undo", change=change[1])


def test_every_school_stands_there_with_its_devices(served: Served) -> None:
    html = read_page(served, "/sites")

    assert heading_of(html) == "3 sites"
    assert "South School Europe/London 07:00\N{EN DASH}17:00 16" in words_of(html)


def test_a_school_is_renamed_and_named_back(own: Served) -> None:
    with client_of(own) as client:
        done = _send(client, "/sites/rename", site="Hill School", name="Mill Lane")
        renamed = _sites(own)
        _undo(client, done.text)

    assert heading_of(done.text) == "Hill School is called Mill Lane"
    assert renamed == {"Mill Lane": 6, "North School": 56, "South School": 16}
    assert "Hill School" in _sites(own)


def test_a_slip_of_the_pen_is_asked_about_before_a_school_is_made(own: Served) -> None:
    with client_of(own) as client:
        asked = _send(client, "/sites", name="Hill Scool")
        kept = _sites(own)
        _send(client, "/sites", name="Hill Scool", sure="Hill Scool")

    assert "Did you mean 'Hill School'?" in words_of(asked.text)
    assert len(kept) == 3
    assert "Hill Scool" in _sites(own)


def test_a_school_is_removed_only_where_its_devices_go_elsewhere(own: Served) -> None:
    with client_of(own) as client:
        refused = _send(client, "/sites/remove", site="Hill School")
        done = _send(client, "/sites/remove", site="Hill School", into="North School")
        merged = _sites(own)
        undone = _undo(client, done.text)

    assert refused.status_code == 409
    assert "say to which site they go" in words_of(refused.text)
    assert heading_of(done.text) == "Hill School merged into North School, with 6 devices"
    assert merged == {"North School": 62, "South School": 16}
    assert heading_of(undone.text).startswith("Taken back")
    assert _sites(own) == {"Hill School": 6, "North School": 56, "South School": 16}


def test_an_unknown_school_is_a_page_with_those_there_are(own: Served) -> None:
    with client_of(own) as client:
        answer = _send(client, "/sites/rename", site="Mars", name="Venus")

    assert answer.status_code == 404
    assert "Hill School, North School, South School" in words_of(answer.text)


def test_who_sees_one_school_changes_no_school(own: Served) -> None:
    with own.engine.connect() as connection:
        key = find_site(connection, Scope.all(), "Hill School").site
    add_person(own.engine, "Hal", "technician", Scope(sites=frozenset({key})), seed.NOW)
    session = redeem_link(own.engine, create_link(own.engine, "Hal", seed.NOW), seed.NOW)
    assert session is not None

    with httpx.Client(base_url=own.url, cookies={"rollcall": session}) as client:
        answers = [
            _send(client, "/sites/rename", site="Hill School", name="Mine"),
            _send(client, "/sites/remove", site="Hill School"),
            _send(client, "/sites", name="Hole"),
        ]
        page = words_of(client.get("/sites").text)

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert "North School" not in page
    assert len(_sites(own)) == 3
