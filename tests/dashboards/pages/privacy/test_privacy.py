"""The privacy page holds every field that a device can send."""

import dataclasses

from rollcall_wire.privacy import NEVER
from rollcall_wire.reports import KINDS
from tests.support.browsing import Served
from tests.support.reading import read_page, words_of


def test_privacy_lists_every_field_of_the_wire_and_what_never_leaves(served: Served) -> None:
    html = read_page(served, "/privacy")

    fields = {field.name for kind in KINDS for field in dataclasses.fields(kind)} - {"kind"}
    assert {name for name in fields if f"<code>{name}</code>" not in html} == set()
    assert all(one in words_of(html) for one in NEVER)
