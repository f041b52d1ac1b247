"""A slip of the finger is one letter, or two that changed places; anything more is another name."""

import pytest

from rollcall_collector.store.device_names import is_slip


@pytest.mark.parametrize(
    ("word", "other", "is_one"),
    [
        ("A00636", "A0O636", True),
        ("A0636", "A00636", True),
        ("A006366", "A00636", True),
        ("A06036", "A00636", True),
        ("hill scool", "Hill School", True),
        ("A00636", "a00636", False),
        ("A00636", "A00748", False),
        ("AB", "BA", True),
        ("AXB", "BXA", False),
        ("", "A", True),
        ("", "AB", False),
    ],
)
def test_a_slip_is_one_letter_or_two_neighbours(word: str, other: str, is_one: bool) -> None:
    assert is_slip(word, other) == is_one
    assert is_slip(other, word) == is_one
