"""Carts are shown slot by slot, each with its letter."""

import codecs
import csv
import io
import re
from pathlib import Path
from typing import get_args

from rollcall_collector.model.cart import SlotState
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Lesson
from rollcall_collector.store.sites import set_lessons
from tests.support.browsing import Served, serving
from tests.support.fleets.kept import keep_device
from tests.support.fleets.short_cart import make_carts_short
from tests.support.reading import client_of, heading_of, read_page, words_of


def test_carts_show_each_slot_with_its_letter_and_how_many_are_ready(served: Served) -> None:
    carts, cart = read_page(served, "/carts"), read_page(served, "/carts/2")

    assert re.fullmatch(r"\d+ of 72 devices ready in 3 carts", heading_of(carts))
    assert re.fullmatch(r"Cart B: \d+ of 26 ready", heading_of(cart))
    assert carts.count('class="slot"') == 30 + 30 + 16
    assert "Not heard since" in words_of(cart)
    assert "Repair proposed" in words_of(cart)
    assert "R!" in carts
    assert "with an open flag" in words_of(cart)
    assert words_of(cart).count("No device belongs here.") == 4


def test_a_carts_name_leads_to_its_page(served: Served) -> None:
    with client_of(served) as client:
        known, lost, huge = (client.get(f"/carts/{name}") for name in ("cart b", "Cart Z", "9" * 30))

    assert (known.status_code, known.headers["location"]) == (303, "/carts/2")
    assert (lost.status_code, heading_of(lost.text)) == (404, "No cart is called 'Cart Z'")
    assert 'href="/carts">All carts' in lost.text
    assert huge.status_code == 404


def test_carts_of_one_name_are_a_choice(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served) as client:
        with served.engine.begin() as connection:
            for site in ("Ash", "Elm"):
                keep_device(connection, f"{site}-1", site=site, cart="Cart B")

        answer = client.get("/carts/Cart%20B")

    assert (answer.status_code, heading_of(answer.text)) == (300, "2 carts are called 'Cart B'")
    assert ">Cart B, Ash</a>" in answer.text


def test_who_only_looks_is_led_to_the_carts_and_still_finds_today(served: Served) -> None:
    with client_of(served, "viewer") as viewer:
        led = viewer.get("/")
        carts = viewer.get(led.headers["location"])
        today = viewer.get("/today")
    with client_of(served) as technician:
        own = technician.get("/")

    assert (led.status_code, led.headers["location"]) == (303, "/carts")
    assert 'href="/today">Today' in carts.text
    assert 'href="/today" aria-current="page">Today' in today.text
    assert (own.status_code, heading_of(own.text)) == (200, heading_of(today.text))


def test_the_site_and_the_cart_looked_at_last_come_first(served: Served) -> None:
    with client_of(served) as client:
        first = client.get("/carts")
        client.get("/carts?site=North School")
        client.get("/carts/2")
        again = client.get("/carts")
        page = client.get(again.headers["location"])
        lost = client.get("/carts?site=Nowhere")
        everywhere = client.get("/carts?site=")
        after = client.get("/carts")

    assert first.status_code == 200
    assert (again.status_code, again.headers["location"]) == (303, "/carts?site=North+School")
    assert re.findall(r"<h2>(.*?)</h2>", page.text) == ["Cart B", "Cart A"]
    assert page.text.count('class="card cart" href="/carts/2" aria-current="true"') == 1
    assert "rollcall-carts" not in lost.headers.get("set-cookie", "")
    assert re.findall(r"<h2>(.*?)</h2>", everywhere.text) == ["Cart B", "Cart A", "Cart C"]
    assert after.status_code == 200


def test_what_a_browser_says_it_remembers_may_be_anything(served: Served) -> None:
    with client_of(served) as client:
        answers = [
            client.get("/carts", headers={"cookie": f"rollcall={served.sessions['viewer']}; rollcall-carts={value}"})
            for value in ("", "x", "9999999999999.", "2.Nowhere", "2.%ff%00<script>", "." + "y" * 3000)
        ]

    assert [one.status_code for one in answers] == [200] * 6
    assert all("<script>" not in one.text for one in answers)


def test_the_carts_are_exported_with_what_the_page_shows(served: Served) -> None:
    html = read_page(served, "/carts")
    with client_of(served) as client:
        answer = client.get("/carts.csv")
        one = client.get("/carts.csv?site=South School").text

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.content.startswith(codecs.BOM_UTF8)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert [(row["site"], row["cart"], row["home_room"], row["devices"]) for row in rows] == [
        ("North School", "Cart A", "Library", "30"),
        ("North School", "Cart B", "Room 12", "26"),
        ("South School", "Cart C", "Room 3", "16"),
    ]
    assert heading_of(html).startswith(f"{sum(int(row['ready']) for row in rows)} of 72 ")
    for row in rows:
        assert len(row["slots"]) == sum(int(row[state]) for state in get_args(SlotState))
        assert row["slots"].count("R") == int(row["ready"])
    assert one.count("\r\n") == 2


def test_a_slot_is_told_whole_and_without_statistics(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        make_carts_short(served.engine, 3)

        words = words_of(read_page(served, "/carts/2", "viewer"))

    assert "It waits to be repaired." in words
    assert "…" not in words
    assert not re.search(r"times|scatter|expected", words)


def test_the_next_lesson_stands_in_the_title(tmp_path: Path) -> None:
    with serving(tmp_path, has_record=False) as served:
        with served.engine.begin() as connection:
            lessons = (Lesson(label="3", starts_minute=610, ends_minute=660),)
            set_lessons(connection, Scope.all(), "North School", lessons)

        titles = [
            heading_of(read_page(served, address))
            for address in ("/carts/2", "/carts/3", "/carts?site=", "/carts?site=North School")
        ]

    assert titles[0].endswith("of 26 ready; next is lesson 3 at 10:10")
    assert titles[1].endswith("of 16 ready")
    assert titles[2].endswith("in 3 carts")
    assert titles[3].endswith("devices ready in 2 carts; next is lesson 3 at 10:10")


def test_short_carts_can_be_seen_alone(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        (name,) = make_carts_short(served.engine, 1)

        html = read_page(served, "/carts?short=1")

    assert heading_of(html) == "1 cart is short of devices"
    assert html.count('class="card cart"') == 1
    assert name in html
    assert ">All carts</a>" in html
    assert "North School" in html or "South School" in html
