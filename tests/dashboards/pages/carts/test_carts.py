"""Carts are shown slot by slot, each with its letter."""

import re
from pathlib import Path

from tests.support.browsing import Served, serving
from tests.support.fleets.kept import keep_device
from tests.support.fleets.short_cart import make_carts_short
from tests.support.reading import client_of, heading_of, read_page, words_of


def test_carts_show_each_slot_with_its_letter_and_how_many_are_ready(served: Served) -> None:
    carts, cart = read_page(served, "/carts"), read_page(served, "/carts/2")

    assert re.fullmatch(r"\d+ of 72 devices ready in 3 carts", heading_of(carts))
    assert re.fullmatch(r"Cart B: \d+ of 26 ready", heading_of(cart))
    assert carts.count('class="slot"') == 30 + 30 + 16
    assert "Not heard for" in words_of(cart)
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


def test_short_carts_can_be_seen_alone(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        (name,) = make_carts_short(served.engine, 1)

        html = read_page(served, "/carts?short=1")

    assert heading_of(html) == "1 cart is short of devices"
    assert html.count('class="card cart"') == 1
    assert name in html
    assert ">All carts</a>" in html
