"""What a person says of a heading goes before what is guessed, and how each heading was taken can be seen."""

import pytest

from rollcall_collector.errors import RosterError
from rollcall_collector.roster.mapping import read_wishes
from rollcall_collector.roster.reading import read_roster

LIST = b"Serial,Location,Company,Type\nA1,Cart B,Hill,user\n"


def test_a_heading_means_what_people_say() -> None:
    reading = read_roster(LIST, columns=read_wishes(["Location=cart", " company = site "]))

    assert dict(reading.rows[0].values) == {"cart": "Cart B", "site": "Hill"}


def test_a_heading_is_left_out_where_people_say_so() -> None:
    reading = read_roster(LIST, columns=read_wishes(["Location=-"]))

    assert dict(reading.rows[0].values) == {}
    assert "'Location' is left out: left out as you said" in reading.remarks


def test_a_heading_that_nobody_knows_can_be_the_serial_number() -> None:
    reading = read_roster(b"About our school,\nNo.,Colour\nA1,blue\n", columns={"No.": "serial_number"})

    assert [row.serial_number for row in reading.rows] == ["A1"]


def test_the_use_of_every_heading_is_told() -> None:
    reading = read_roster(LIST)

    assert [(use.title, use.column) for use in reading.headings] == [
        ("Serial", "serial_number"),
        ("Location", "site"),
        ("Company", None),
        ("Type", None),
    ]


def test_a_heading_that_is_not_there_is_told_with_those_that_are() -> None:
    reading = read_roster(LIST, columns={"Lokation": "cart"})

    assert not reading.is_readable
    assert str(reading.problems[0]) == (
        "line 1: no heading is called 'Lokation'. Name one of these with --map: Serial, Location, Company, Type."
    )


@pytest.mark.parametrize("wish", ["Location", "Location=room", "=cart", "Location="])
def test_a_wish_that_says_nothing_is_refused_with_the_columns(wish: str) -> None:
    with pytest.raises(RosterError, match=r'write it like "Location=cart".*serial_number'):
        read_wishes([wish])


def test_lines_without_a_site_get_the_one_that_is_given() -> None:
    reading = read_roster(b"Serial,Cart,Site\nA1,B,\nA2,B,Elm\nA3,,-\n", site="Oak")

    assert [row.values.get("site") for row in reading.rows] == ["Oak", "Elm", None]
    assert "1 line names no site: taken as devices of 'Oak'" in reading.remarks
