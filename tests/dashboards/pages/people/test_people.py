"""Who may see and do what is changed on one page, with the way back; the table printed there is the README's."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rollcall_collector.identity.people import list_people
from rollcall_collector.model.person import print_table
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sites import list_sites
from tests.support.browsing import Served, serving
from tests.support.reading import client_of, words_of
from tests.support.require import ROOT


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A district of its own: its people are changed."""
    with serving(tmp_path_factory.mktemp("people"), has_record=False) as running:
        yield running


def test_people_are_added_with_a_link_that_is_shown_once_and_signs_them_in(served: Served) -> None:
    with client_of(served, "admin") as client:
        added = client.post("/people", data={"name": " Ms Lee ", "role": "viewer"})
        link = re.search(r"http\S+/sign-in/([\w-]+)", added.text)
        assert link is not None
        listed = client.get("/people").text
        twice = client.post("/people", data={"name": "Ms Lee", "role": "admin"})
        entered = httpx.post(f"{served.url}/sign-in", data={"link": link[1]})

    assert "A link for Ms Lee" in words_of(added.text)
    assert "within 24 hours" in added.text
    assert "no-store" in added.headers["cache-control"]
    assert "Ms Lee" in listed
    assert link[1] not in listed
    assert (twice.status_code, entered.status_code, entered.headers["location"]) == (409, 303, "/")


def test_a_role_is_changed_and_undone_and_a_removal_too(served: Served) -> None:
    with client_of(served, "admin") as client:
        client.post("/people", data={"name": "Bo", "role": "viewer"})
        moved = client.post("/people/change", data={"name": "Bo", "role": "technician"})
        note = words_of(client.get(moved.headers["location"]).text)
        before = _roles(served)["Bo"]
        client.post("/people/change", data={"name": "Bo", "role": "viewer"})
        link = client.post("/people/link", data={"name": "Bo"}).text
        client.post("/people/remove", data={"name": "Bo"})
        gone = _roles(served)
        page = words_of(client.get("/people").text)
        client.post("/people/restore", data={"name": "Bo"})

    assert "Bo was viewer of all sites and is technician of all sites now. Undo" in note
    assert before == "technician"
    assert "/sign-in/" in link
    assert "Bo" not in gone
    assert "Bo removed: may not look any more Undo" in page
    assert _roles(served)["Bo"] == "viewer"


def test_the_last_administrator_stays(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, "admin") as client:
        removed = client.post("/people/remove", data={"name": "Ada"})
        lowered = client.post("/people/change", data={"name": "Ada", "role": "viewer"})
        client.post("/people/change", data={"name": "Tom", "role": "admin"})
        allowed = client.post("/people/change", data={"name": "Ada", "role": "viewer"})

    assert (removed.status_code, lowered.status_code, allowed.status_code) == (409, 409, 303)
    assert "is the last administrator of all schools" in removed.text


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb"])
def test_a_name_can_be_said(served: Served, name: str) -> None:
    with client_of(served, "admin") as client:
        answer = client.post("/people", data={"name": name, "role": "viewer"})

    assert answer.status_code in {409, 422}


def test_the_table_of_roles_is_printed_here_and_in_the_readme_from_the_code(served: Served) -> None:
    with client_of(served, "admin") as client:
        page = client.get("/people").text

    table = page.split('id="roles"')[1]
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", table)[1:]
    ]
    said = ["| " + " | ".join(cells) + " |" for cells in rows]
    printed = print_table()
    assert said
    assert [row.lower().replace("&#39;", "'") for row in said] == [row.lower() for row in printed.splitlines()[2:]]
    assert printed in (ROOT / "README.md").read_text()


def test_sites_are_changed_with_the_role_and_put_back(served: Served) -> None:
    with served.engine.connect() as connection:
        first, second = (site.site for site in list_sites(connection, Scope.all())[:2])
    with client_of(served, "admin") as client:
        client.post("/people", data={"name": "Kit", "role": "teacher", "site": [first]})
        moved = client.post("/people/change", data={"name": "Kit", "role": "front_desk", "site": [first, second]})
        after = _person(served, "Kit")
        page = client.get(moved.headers["location"]).text
        undo = re.search(r'<div class="note">(.*?)</div>', page, re.DOTALL)
        assert undo is not None
        fields = re.findall(r'name="(\w+)" value="([^"]+)"', undo[1])
        client.post("/people/change", data=dict(fields))

    assert after == ("front_desk", {first, second})
    assert "Kit was teacher of" in words_of(page)
    assert _person(served, "Kit") == ("teacher", {first})


def _person(served: Served, name: str) -> tuple[str, set[int]]:
    return next(
        (one.role, set(one.scope.sites or ())) for one in list_people(served.engine, Scope.all()) if one.name == name
    )


def _roles(served: Served) -> dict[str, str]:
    return {one.name: one.role for one in list_people(served.engine, Scope.all())}
