"""Who loses a role or is removed loses the pages that they have open, too, within a minute."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rollcall_collector.identity.people import change_person, find_person, remove_person
from rollcall_collector.model.scope import Scope
from tests.support.browsing import browsing, serving
from tests.support.fleets import seed
from tests.support.reading import client_of
from tests.support.require import require

MINUTE = 60_000


@pytest.mark.chromium
@pytest.mark.slow
def test_an_open_page_follows_a_role_that_is_taken_away_within_a_minute(tmp_path: Path) -> None:
    with serving(tmp_path, has_record=False) as served, browsing(require("chromium")) as browser:
        context = browser.new_context()
        context.add_cookies([{"name": "rollcall", "value": served.sessions["technician"], "url": served.url}])
        page = context.new_page()
        page.goto(f"{served.url}/devices", wait_until="load")
        expect(page.locator("table.devices")).to_be_visible()

        change_person(served.engine, Scope.all(), "Tom", "teacher", Scope.all())
        expect(page.get_by_role("heading", level=1)).to_have_text("You may look, but not do this", timeout=MINUTE)
        gone = page.locator("table.devices").count()
        page.goto(f"{served.url}/carts", wait_until="load")
        remove_person(served.engine, "Tom", seed.NOW)
        page.wait_for_url(f"{served.url}/sign-in**", timeout=MINUTE)

        assert gone == 0


def test_asking_whether_one_is_still_in_is_no_use_of_the_session(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, "viewer") as client:
        before = client.get("/still-in").text
        page = client.get("/today").text
        change_person(served.engine, Scope.all(), "Vera", "teacher", Scope.all())
        after = client.get("/still-in").text

        secret = served.sessions["viewer"]
        idle = seed.NOW + timedelta(hours=11)
        find_person(served.engine, secret, idle, is_use=False)
        later = find_person(served.engine, secret, seed.NOW + timedelta(hours=13))

    assert f'data-seal="{before}"' in page
    assert after not in {"", before}
    assert later is None
