"""Everybody looks after their own ways in: a password, the sessions that are open."""

from pathlib import Path

import pytest

from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.identity.passwords import EMERGENCY_NAME, make_emergency
from rollcall_collector.identity.people import create_link
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of, words_of

PASSWORD = "four words are good"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def by_password(served: Served, name: str, password: str, **headers: str):
    with client_of(served, None) as client:
        return client.post("/sign-in/password", data={"name": name, "password": password}, headers=headers)


def test_who_came_by_a_link_chooses_a_password_and_comes_in_by_it(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served) as client:
        short = client.post("/account/password", data={"password": "short"})
        kept = client.post("/account/password", data={"password": PASSWORD})
        changed = client.post("/account/password", data={"password": PASSWORD * 2, "before": "a wrong one"})
        entered = by_password(served, "Tom", PASSWORD, **{"user-agent": FIREFOX})
        wrong = by_password(served, "Tom", PASSWORD + "s")
        shown = client.get("/account")

    assert (short.status_code, kept.status_code, changed.status_code) == (422, 303, 422)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert (wrong.status_code, heading_of(wrong.text)[:34]) == (401, "This name and password do not fit:")
    assert "Firefox on Windows" in words_of(shown.text)


def test_a_session_is_ended_from_another_browser(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served) as client:
        client.post("/account/password", data={"password": PASSWORD})
        lost = by_password(served, "Tom", PASSWORD).cookies[COOKIE_PLAIN]
        page = client.get("/account").text
        other = page.partition('name="session" value="')[2].partition('"')[0]

        client.post("/account/sessions", data={"session": other})

        still = client.get("/still-in").text
        with client_of(served, None) as elsewhere:
            elsewhere.cookies.set(COOKIE_PLAIN, lost)
            ended = elsewhere.get("/still-in").text
    assert (bool(still), ended) == (True, "")


def test_after_ten_wrong_passwords_a_link_is_the_way_in_that_is_said(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served) as client:
        client.post("/account/password", data={"password": PASSWORD})
        for _ in range(10):
            by_password(served, "Tom", "a wrong password")

        shut = by_password(served, "Tom", PASSWORD)
        link = create_link(served.engine, "Tom", seed.NOW)
        by_link = client.post("/sign-in", data={"link": link})

    assert (shut.status_code, by_link.status_code) == (429, 303)
    assert "an administrator makes you a link" in heading_of(shut.text)


def test_every_administrator_is_told_of_the_emergency_until_they_say_that_they_saw_it(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, "admin") as ada:
        name, password = make_emergency(served.engine, seed.NOW)
        before = ada.get("/privacy").text

        entered = by_password(served, name, password)
        told = ada.get("/privacy").text
        ada.post("/account/emergency")
        seen = ada.get("/privacy").text
        with client_of(served) as tom:
            toms = tom.get("/privacy").text

    said = "The emergency administrator signed in"
    assert (name, entered.status_code) == (EMERGENCY_NAME, 303)
    assert [said in page for page in (before, told, seen, toms)] == [False, True, False, False]


@pytest.mark.parametrize("address", ["/account", "/settings/sign-in"])
def test_nobody_sees_it_without_having_signed_in(tmp_path: Path, address: str) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, None) as client:
        assert client.get(address).status_code == 303
