"""The first setup leads through what a school says of itself; Settings changes it again, with undo; the file wins."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from rollcall_collector.identity.people import Role, create_link, list_people
from rollcall_collector.model.school import FIRST_SITE, SchoolSettings
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import open_database
from rollcall_collector.store.sites import ensure_site, find_site, list_sites
from tests.support.browsing import Served, browsing, services_for, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, words_of
from tests.support.require import require


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A school of one site; its own tests change it."""
    with serving(tmp_path_factory.mktemp("settings"), is_seeded=False) as running:
        with running.engine.begin() as connection:
            ensure_site(connection, FIRST_SITE, seed.ZONE)
        yield running


def _set(client: httpx.Client, **fields: object) -> httpx.Response:
    return client.post("/settings/school", data=fields)


def _undo(client: httpx.Client) -> httpx.Response:
    page = client.get("/settings").text
    found = re.search(r'action="/settings/school/undo"><input type="hidden" name="at" value="([^"]+)"', page)
    assert found is not None
    return client.post("/settings/school/undo", data={"at": found[1]})


def test_the_schools_name_stands_on_every_page_and_on_paper_until_it_is_undone(served: Served) -> None:
    with client_of(served, "admin") as client:
        answer = _set(client, part="name", name="Hill School")
        named = client.get("/devices").text
        door = httpx.get(f"{served.url}/sign-in").text
        _undo(client)
        unnamed = client.get("/devices").text

    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert named.count("Hill School") == 3  # in the title, the header, and the line on paper
    assert "Hill School" in door
    assert "Hill School" not in unnamed


def test_a_changed_day_is_the_sites_and_every_pages(served: Served) -> None:
    with client_of(served, "admin") as client:
        _set(client, part="zone", zone="Asia/Tokyo")
        _set(client, part="hours", opens="08:15", closes="14:00")
        _set(client, part="days", day=["6", "1", "2"])
        with served.engine.connect() as connection:
            site = list_sites(connection, Scope.all())[0]
        clock = words_of(client.get("/sign-in/x").text)
        page = words_of(client.get("/settings").text)
        for _ in range(2):
            _undo(client)

    assert (site.zone, site.opens_minute, site.closes_minute, site.days) == ("Asia/Tokyo", 495, 840, (1, 2, 6))
    assert "Last changed by Ada, Tue 24 Nov, 18:40" in page
    assert "not known here" in clock


def test_holidays_are_entered_as_a_range_and_removed_and_that_is_undone(served: Served) -> None:
    with client_of(served, "admin") as client:
        days = {"first": "2026-12-21", "last": "2027-01-03"}
        added = client.post("/settings/holidays", data={**days, "called": "Winter"})
        shown = words_of(client.get("/settings").text)
        client.post("/settings/holidays", data={**days, "action": "remove"})
        removed = words_of(client.get("/settings").text)
        _undo(client)
        again = words_of(client.get("/settings").text)
        backwards = client.post("/settings/holidays", data={"first": "2026-12-21", "last": "2026-12-01"})

    assert (added.status_code, added.headers["location"]) == (303, "/settings#holidays")
    assert "21 Dec 2026 \N{EN DASH} 3 Jan 2027 Winter Remove" in shown
    assert "Winter" not in removed
    assert "21 Dec 2026 \N{EN DASH} 3 Jan 2027 Winter Remove" in again
    assert (backwards.status_code, "within 366 days" in backwards.text) == (409, True)


@pytest.mark.parametrize(
    "fields", [{"part": "zone", "zone": "Mars/Olympus"}, {"part": "hours", "opens": "18:00", "closes": "09:00"}]
)
def test_what_cannot_be_is_refused_with_the_way_to_write_it(served: Served, fields: dict[str, str]) -> None:
    with client_of(served, "admin") as client:
        answer = _set(client, **fields)

    assert answer.status_code == 409
    assert re.search("write it like Europe/Berlin|opens must be before closes", answer.text)


def test_what_the_settings_file_says_is_shown_and_not_editable(tmp_path: Path) -> None:
    file = SchoolSettings(name="Oak", zone="Europe/Berlin", opens="08:00", days="1234")
    with serving(tmp_path, is_seeded=False, school_file=file) as served, client_of(served, "admin") as client:
        page = client.get("/settings").text
        refused = _set(client, part="hours", opens="09:00", closes="10:00")
        step = words_of(client.get("/setup/zone").text)

    words = words_of(page)
    assert not re.search(r'name="(name|zone|opens|closes|day)" (?!.*Ms Lee)', page)
    assert "Europe/Berlin Set in the settings file (school.zone), which wins" in words
    assert "Monday, Tuesday, Wednesday, Thursday Set in the settings file" in words
    assert refused.status_code == 409
    assert "Set in the settings file (school.zone), which wins" in step


@pytest.mark.parametrize("role", ["technician", "viewer"])
def test_only_an_administrator_changes_anything(served: Served, role: Role) -> None:
    with client_of(served, role) as client:
        page = client.get("/settings")
        answers = [
            client.post("/settings/school", data={"part": "name", "name": "x"}),
            client.post("/settings/holidays", data={"first": "2026-12-21"}),
            client.post("/people", data={"name": "x"}),
            client.post("/people/link", data={"name": "Ada"}),
            client.get("/people"),
            client.get("/setup/name"),
        ]

    assert page.status_code == 200
    assert "/settings/" not in page.text
    assert "Vera" not in page.text.split("<main")[1]
    assert {one.status_code for one in answers} == {403}


def test_the_first_sign_in_on_an_empty_store_leads_to_the_setup_until_it_is_done(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served:
        led = [_sign_in(served, name) for name in ("Ada", "Tom")]
        with client_of(served, "admin") as client:
            finished = client.post("/setup/done")
        after = _sign_in(served, "Ada")

    assert led == ["/setup", "/"]
    assert (finished.headers["location"], after) == ("/", "/")


def test_a_store_that_has_begun_without_it_is_not_led_to_the_setup(tmp_path: Path) -> None:
    with serving(tmp_path, has_record=False) as served:
        assert _sign_in(served, "Ada") == "/"


def test_a_store_that_does_not_answer_leaves_what_the_settings_file_says(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'gone' / 'rollcall.sqlite3'}")

    services = services_for(engine, SchoolSettings(name="Oak", zone="Asia/Tokyo")).at_this_moment()

    assert (services.school.name, services.zone, services.usual_zone) == ("Oak", "Asia/Tokyo", seed.ZONE)


def _sign_in(served: Served, name: str) -> str:
    link = create_link(served.engine, name, seed.NOW)
    return httpx.post(f"{served.url}/sign-in", data={"link": link}).headers["location"]


@pytest.mark.chromium
def test_the_setup_is_gone_through_in_a_browser_from_the_first_link_to_the_second_person(tmp_path: Path) -> None:
    chromium = require("chromium")
    with serving(tmp_path, is_seeded=False) as served, browsing(chromium) as browser:
        with served.engine.begin() as connection:
            ensure_site(connection, FIRST_SITE, seed.ZONE)
        page = browser.new_context().new_page()
        page.goto(f"{served.url}/sign-in/{create_link(served.engine, 'Ada', seed.NOW)}")

        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Name of the school").fill("Hill School")
        page.get_by_role("button", name="Keep and go on").click()
        expect(page.get_by_label("Time zone")).to_have_value(seed.ZONE)
        page.get_by_label("Time zone").select_option("Europe/Berlin")
        page.get_by_role("button", name="Keep and go on").click()
        page.get_by_label("School opens").fill("08:00")
        page.get_by_role("button", name="Keep and go on").click()
        page.get_by_label("First free day").fill("2026-12-21")
        page.get_by_label("Last free day").fill("2027-01-03")
        page.get_by_label("Called").fill("Christmas")
        page.get_by_role("button", name="Add holidays").click()
        expect(page.locator("main")).to_contain_text("3 Jan 2027")
        page.get_by_role("link", name="Go on").click()
        page.get_by_label("Currency").fill("€")
        page.get_by_label("Any other part").fill("80")
        page.get_by_role("button", name="Keep and go on").click()
        page.get_by_label("Name").fill("Ms Lee")
        page.get_by_role("button", name="Add, and finish").click()
        link = page.locator("code").inner_text()
        page.goto(link)
        page.get_by_role("button", name="Sign in").click()

        expect(page.locator("header")).to_contain_text("Hill School")
        expect(page.locator("header")).to_contain_text("Ms Lee")
        with served.engine.connect() as connection:
            site = find_site(connection, Scope.all(), "Hill School")
        assert (site.zone, site.opens_minute, len(site.holidays)) == ("Europe/Berlin", 480, 14)
        assert {one.name: one.role for one in list_people(served.engine, Scope.all())}["Ms Lee"] == "technician"
