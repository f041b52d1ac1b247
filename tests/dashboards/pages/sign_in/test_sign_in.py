"""A link opens the door once; opening it alone uses nothing up."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.identity.people import add_person, create_link, redeem_link
from rollcall_collector.model.scope import Scope
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, words_of


def test_a_link_signs_in_once_and_signing_out_ends_it(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, None) as client:
        link = create_link(served.engine, "Tom", seed.NOW)

        shown = client.get(f"/sign-in/{link}")
        entered = client.post("/sign-in", data={"link": link})
        inside = client.get("/").status_code
        again = httpx.post(f"{served.url}/sign-in", data={"link": link})
        left = client.post("/sign-out")
        kept = {COOKIE_PLAIN: entered.cookies[COOKIE_PLAIN]}
        outside = httpx.get(f"{served.url}/", cookies=kept).status_code

        cookie = entered.headers["set-cookie"].lower()
        assert "works once" in shown.text
        assert "no-store" in shown.headers["cache-control"]
        assert (entered.status_code, inside) == (303, 200)
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert (again.status_code, heading_of(again.text)) == (401, "This link was used up, Tue 24 Nov, 09:40")
        assert (left.status_code, outside) == (303, 303)


def test_opening_the_link_does_not_use_it_up(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, None) as client:
        link = create_link(served.engine, "Tom", seed.NOW)

        for _ in range(3):
            client.get(f"/sign-in/{link}")
        entered = client.post("/sign-in", data={"link": link})

        assert entered.status_code == 303


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("door"), is_seeded=False) as running:
        yield running


def _enter(client: httpx.Client, served: Served, to: str | None = None) -> str:
    """Where a fresh link leads whoever presses its button."""
    link = create_link(served.engine, "Tom", seed.NOW)
    address = f"/sign-in/{link}" if to is None else f"/sign-in/{link}?to={to}"
    assert client.get(address).status_code == 200
    data = {"link": link} if to is None else {"link": link, "to": httpx.QueryParams(f"to={to}")["to"]}
    return client.post("/sign-in", data=data).headers["location"]


@pytest.mark.parametrize("wanted", ["/devices?verdict=repair", "/devices?text=a%26b+c&page=2", "/replace?budget=800"])
def test_the_page_that_was_asked_for_is_reached_after_the_link(door: Served, wanted: str) -> None:
    with client_of(door, None) as client:
        led = client.get(wanted)
        shown = client.get(led.headers["location"])
        first = _enter(client, door)
        client.cookies.delete("rollcall")
        second = _enter(client, door)

    assert (led.status_code, led.headers["location"]) == (303, f"/sign-in?to={quote(wanted, safe='/')}")
    assert "It then leads to the page that you asked for" in words_of(shown.text)
    assert (first, second) == (wanted, "/")


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\n/evil.example",
        "/\t/evil.example",
        "/\x7f/evil.example",
        "%2F%2Fevil.example",
        "//[evil",
        "/sign-in/x",
        "/" + "a" * 2000,
    ],
)
def test_a_link_leads_to_no_other_place(door: Served, to: str) -> None:
    with client_of(door, None) as client:
        by_address = _enter(client, door, quote(to, safe=""))
        client.cookies.set("rollcall-to", quote(to), path="/sign-in")
        by_cookie = _enter(client, door)

    assert (by_address, by_cookie) == ("/", "/")


def test_a_decision_without_a_session_is_not_made_afterwards(door: Served) -> None:
    with client_of(door, None) as client:
        led = client.post("/flags/1/decisions", data={"action": "accept"})

    assert (led.status_code, led.headers["location"]) == (303, "/sign-in")
    assert "set-cookie" not in led.headers


def test_a_link_that_opens_nothing_says_why_and_the_command_for_another(door: Served) -> None:
    add_person(door.engine, "Ms Lee", "viewer", Scope.all(), seed.NOW)
    old = create_link(door.engine, "Ms Lee", seed.NOW - timedelta(minutes=15))
    used = create_link(door.engine, "Ms Lee", seed.NOW)
    redeem_link(door.engine, used, seed.NOW)

    with client_of(door, None) as client:
        pages = {name: client.get(f"/sign-in/{link}").text for name, link in (("old", old), ("used", used))}
        unknown = client.get("/sign-in/nothing").text

    assert heading_of(pages["used"]) == "This link was used up, Tue 24 Nov, 09:40"
    assert heading_of(unknown) == "This link is not known here: used up, too old, or of another Rollcall"
    assert 'rollcall people link "Ms Lee"' in words_of(pages["used"])
    assert "rollcall people link NAME" in words_of(unknown)
    assert heading_of(pages["old"]) in {"This link is too old: it worked until Tue 24 Nov, 09:40", heading_of(unknown)}
