"""A list that is none of devices is opened as tolerantly as theirs, and says what it cannot read."""

import pytest

from rollcall_collector.errors import RosterError
from rollcall_collector.roster import read_list

MEANINGS = {"address": "address", "email": "address", "role": "role", "school": "site"}


@pytest.mark.parametrize(
    "content",
    [
        b"Address,Role,School\nkim@s.example,viewer,Oak\n",
        b"\xef\xbb\xbfE-Mail;Role;Room;School\r\nkim@s.example;viewer;12;Oak\r\n",
        b'Staff of this year\n\n"E-mail"\t"Role"\t"School"\nkim@s.example\tviewer\tOak\n',
        "School\tEMAIL\tRole\nOak\tkim@s.example\tviewer\n".encode("utf-16"),
        b'sep=;\naddress;role;school\n"kim@s.example";"viewer";="Oak"\n',
    ],
)
def test_whoever_wrote_it_its_lines_are_read_by_their_headings(content: bytes) -> None:
    (found,) = [cells for _, cells in read_list(content, MEANINGS)]

    assert found == {"address": "kim@s.example", "role": "viewer", "site": "Oak"}


def test_a_short_line_has_empty_cells_and_a_word_for_nothing_stays_a_word() -> None:
    content = "address,role,school\njörg@s.example,viewer\nkim@s.example,viewer,none\n".encode("cp1252")

    found = list(read_list(content, MEANINGS))

    assert found == [
        (2, {"address": "jörg@s.example", "role": "viewer", "site": ""}),
        (3, {"address": "kim@s.example", "role": "viewer", "site": "none"}),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04", "this is a spreadsheet, not a CSV file"),
        (b'address,role\n"kim@s.example,viewer\n', "line 2"),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, said: str) -> None:
    with pytest.raises(RosterError, match=said):
        list(read_list(content, MEANINGS))
