"""All above the line is accepted in one press and taken back in another; paper says whose plan it is and who decided."""

import csv
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.judged.flags import decide, list_flags
from tests.support.browsing import Served, browsing, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, words_of
from tests.support.require import require

ADDRESS = "/replace?budget=800"


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("accept")) as running:
        yield running


def _forms(html: str, action: str) -> list[list[str]]:
    """The flags in each form that leads there."""
    found = re.findall(rf'<form method="post" action="{action}">(.*?)</form>', html, re.DOTALL)
    return [re.findall(r'name="flag" value="(\d+)"', form) for form in found]


def _states(served: Served, *states: FlagState) -> set[int]:
    with served.engine.connect() as connection:
        return {one.flag for one in list_flags(connection, Scope.all(), states=states)}


def _press(client: httpx.Client, html: str, action: str) -> httpx.Response:
    return client.post(action, data={"flag": _forms(html, action)[-1], "back": f"{ADDRESS}#plan"})


def test_all_above_the_line_is_accepted_and_taken_back(served: Served) -> None:
    with client_of(served) as client:
        shown = client.get(ADDRESS).text
        open_before = _states(served, "open")
        accepted = _press(client, shown, "/replace/accept")
        taken = open_before - _states(served, "open")
        after = client.get(ADDRESS).text
        undone = _press(client, after, "/replace/accept/undo")

    assert {int(flag) for flag in _forms(shown, "/replace/accept")[-1]} == taken
    assert len(taken) > 1
    assert (accepted.status_code, accepted.headers["location"]) == (303, f"{ADDRESS}#plan")
    assert f"{len(taken)} accepted by you." in words_of(after)
    assert f"Decided {len(taken)} accepted by Tom on 24 Nov 2026" in words_of(after)
    assert undone.status_code == 303
    assert _states(served, "open") == open_before


def test_what_somebody_decided_meanwhile_stays_as_they_decided(served: Served) -> None:
    with client_of(served) as client:
        shown = client.get(ADDRESS).text
        first = int(_forms(shown, "/replace/accept")[-1][0])
        with served.engine.begin() as connection:
            decide(connection, Scope.all(), first, "dismiss", author="Ada", reason="sold", now=seed.NOW)
        _press(client, shown, "/replace/accept")

    assert first in _states(served, "dismissed")
    assert first not in _states(served, "accepted")


def test_who_may_only_look_is_offered_nothing_and_refused(served: Served) -> None:
    with client_of(served, "viewer") as client:
        shown = client.get(ADDRESS).text
        answer = client.post("/replace/accept", data={"flag": ["1"]})

    assert _forms(shown, "/replace/accept") == []
    assert answer.status_code == 403


def test_amounts_bear_the_currency_on_the_page_in_the_sheet_and_in_the_title(served: Served) -> None:
    with client_of(served, "admin") as client:
        client.post("/replace/prices", data={"currency": "€"})
        page = words_of(client.get(ADDRESS).text)
        sheet = client.get("/replace.csv?budget=800").text
        refused = client.get(f"{ADDRESS}&least+North+School=900").text

    assert "within 800\N{NO-BREAK SPACE}€" in page.replace(" €", "\N{NO-BREAK SPACE}€")
    assert "Budget 800 € " in page
    assert {line["currency"] for line in csv.DictReader(sheet.splitlines())} == {"€"}
    assert "the budget of 800\N{NO-BREAK SPACE}€" in refused


@pytest.mark.chromium
def test_paper_has_a_cover_with_the_schools_name_and_no_message_of_the_screen(served: Served) -> None:
    chromium = require("chromium")
    with client_of(served, "admin") as client:
        client.post("/settings/school", data={"part": "name", "name": "Hill School"})
    with browsing(chromium) as browser:
        context = browser.new_context()
        context.add_cookies([{"name": "rollcall", "value": served.sessions["technician"], "url": served.url}])
        page = context.new_page()
        page.goto(f"{served.url}{ADDRESS}")
        page.get_by_role("button", name="worth the money").click()
        expect(page.locator(".note")).to_be_visible()
        expect(page.locator(".cover")).to_be_hidden()

        page.emulate_media(media="print")

        cover = page.locator(".cover")
        expect(cover).to_contain_text("Hill School")
        expect(cover).to_contain_text("24 Nov 2026")
        expect(cover).to_contain_text("accepted by Tom")
        expect(page.locator(".note")).to_be_hidden()
        expect(page.locator(".on-paper")).to_contain_text("Hill School")
