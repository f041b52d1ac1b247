"""Cart and slot out of what schools write into free fields, and the rehearsal that shows it first."""

from pathlib import Path

import pytest

from rollcall_agent.bridges.places import Labelled, Place, find_place, read_patterns, rehearse
from rollcall_agent.errors import ConfigError

FIELDS = ("location", "asset_id", "org_unit")
PATTERNS = r"""
[[pattern]]
field = "location"
match = '(?i)cart\s*(?P<cart>[a-z0-9]+)\W+slot\s*(?P<slot>\d+)'

[[pattern]]
field = "asset_id"
match = '^(?P<cart>[A-Z]+)-(?P<slot>\d+)$'

[[pattern]]
field = "org_unit"
match = '^/Schools/(?P<site>[^/]+)'
"""


def device(serial: str, **texts: str) -> Labelled:
    return Labelled(serial_number=serial, texts=texts)


def patterns(folder: Path, text: str = PATTERNS):
    (folder / "places.toml").write_text(text)
    return read_patterns(folder / "places.toml", FIELDS)


def test_each_pattern_fills_what_those_before_it_left_open(tmp_path: Path) -> None:
    found = find_place(
        device("A", location="Room 214, Cart b / slot 07", asset_id="C-9", org_unit="/Schools/Oak/Carts"),
        patterns(tmp_path),
    )

    assert found == Place(site="Oak", cart="b", slot="07")


def test_two_devices_in_one_slot_keep_the_cart_and_lose_the_slot(tmp_path: Path) -> None:
    fleet = [
        device("A", location="Cart B slot 4"),
        device("B", location="cart b, slot 04"),
        device("C", location="Cart B slot 5"),
        device("D", location="with Mrs. Smith"),
        device("E", org_unit="/Schools/Oak"),
    ]

    found = rehearse(fleet, patterns(tmp_path))

    assert [(one.serial_number, place.cart, place.slot) for one, place in found.placed] == [
        ("A", "B", None), ("B", "b", None), ("C", "B", "5"),
    ]  # fmt: skip
    assert [one.serial_number for one in found.unmatched] == ["D", "E"]
    assert list(found.crowded.values()) == [("A", "B")]


def test_one_cart_name_at_two_sites_is_two_carts(tmp_path: Path) -> None:
    fleet = [
        device("A", location="Cart B slot 4", org_unit="/Schools/Oak"),
        device("B", location="Cart B slot 4", org_unit="/Schools/Elm"),
    ]

    found = rehearse(fleet, patterns(tmp_path))

    assert not found.crowded
    assert [place.slot for _, place in found.placed] == ["4", "4"]


def test_a_cart_is_never_named_like_a_formula(tmp_path: Path) -> None:
    read = patterns(tmp_path, "[[pattern]]\nfield = 'location'\nmatch = '^(?P<cart>.+)$'\n")

    found = find_place(device("A", location="=HYPERLINK(1)"), read)

    assert found.cart == "HYPERLINK(1)"


def test_without_a_file_there_are_no_patterns(tmp_path: Path) -> None:
    assert read_patterns(tmp_path / "places.toml", FIELDS) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[pattern]]\nfield = 'notes'\nmatch = '(?P<cart>.)'", "no field 'notes'"),
        ("[[pattern]]\nfield = 'location'\nmatch = '(.)'", "needs groups"),
        ("[[pattern]]\nfield = 'location'\nmatch = '(?P<cart>.'", "unterminated"),
        ("[[pattern]]\nfield = 'location'", "match"),
        ("pattern = 3", "not iterable"),
        ("[[pattern]", "cannot be used"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=r"places\.toml cannot be used") as raised:
        patterns(tmp_path, text)

    assert words in str(raised.value)
