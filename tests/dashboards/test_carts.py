"""Carts are shown slot by slot, each with its letter."""

import re

from tests.support.browsing import Served
from tests.support.reading import heading_of, read_page, words_of


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
