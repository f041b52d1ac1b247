"""What the school's purchase list is read as, whichever program wrote it."""

import random
from datetime import date

import pytest

from rollcall_collector.roster.cells import read_platform, read_price, read_serial, read_slot
from rollcall_collector.roster.columns import COLUMNS, meaning
from rollcall_collector.roster.dates import evident_order, read_date
from rollcall_collector.roster.reading import read_roster
from rollcall_collector.roster.wrong import Wrong

GOOD = "serial,site,cart,slot,purchased on,price\nPF3A1,Oak,B,4,2023-08-01,349.90\n"


def _values(text: str | bytes) -> list[dict[str, object]]:
    reading = read_roster(text.encode() if isinstance(text, str) else text)
    assert reading.problems == ()
    return [{str(column): value for column, value in row.values.items()} for row in reading.rows]


def test_a_plain_list_is_read() -> None:
    reading = read_roster(GOOD.encode())

    assert reading.problems == ()
    assert reading.remarks == ()
    assert [(row.line, row.serial_number, dict(row.values)) for row in reading.rows] == [
        (
            2,
            "PF3A1",
            {"site": "Oak", "cart": "B", "slot": 4, "purchased_on": date(2023, 8, 1), "price": 349.9},
        )
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.encode("utf-16"),
        ("sep=;\n" + GOOD.replace(",", ";")).encode(),
        ("\n\n" + GOOD + ",,,,,\n\n").encode(),
        GOOD.replace("PF3A1", " 'PF3A1 ".replace("'", "")).encode(),
        GOOD.replace(",Oak,", ',"Oak",').encode(),
    ],
    ids=["bom", "semicolons", "tabs", "crlf", "cr", "utf-16", "sep line", "empty lines", "spaces", "quotes"],
)
def test_every_spreadsheets_own_way_to_write_it_reads_the_same(content: bytes) -> None:
    reading = read_roster(content)

    assert reading.problems == ()
    assert dict(reading.rows[0].values)["site"] == "Oak"
    assert reading.rows[0].serial_number == "PF3A1"


def test_letters_of_windows_are_read_and_said() -> None:
    reading = read_roster("Seriennummer;Schule\nX1;Gymnasium Köln €-Süd\n".encode("cp1252"))

    assert reading.rows[0].values["site"] == "Gymnasium Köln €-Süd"
    assert "read as Windows-1252: it is not UTF-8" in reading.remarks


@pytest.mark.parametrize(
    ("encoding", "remark"),
    [
        ("cp1252", "read as Windows-1252: it is not UTF-8"),
        ("mac_roman", "read as Mac Roman: it is not UTF-8"),
        ("cp850", "read as DOS 850: it is not UTF-8"),
        ("utf-16-le", "read as UTF-16: its mark is missing"),
        ("utf-16-be", "read as UTF-16: its mark is missing"),
    ],
)
@pytest.mark.parametrize(
    "school", ["Grundschule Süd", "École élémentaire", "Gymnasium Köln-Mülheim", "Escola São João"]
)
def test_a_list_of_an_older_program_says_its_words(encoding: str, remark: str, school: str) -> None:
    reading = read_roster(f"Seriennummer;Schule\rX1;{school}\r".encode(encoding))

    assert [dict(row.values) for row in reading.rows] == [{"site": school}]
    assert remark in reading.remarks


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Serial Number", "serial_number"),
        ("SERIAL_NUMBER", "serial_number"),
        ("serialNumber", "serial_number"),
        ("S/N", "serial_number"),
        ("Asset Tag", "asset_tag"),
        ("Purchase Date", "purchased_on"),
        ("Warranty until", "warranty_until"),
        ("Gerätemodell", "model"),
        ("Colour", None),
    ],
)
def test_headings_are_forgiven_their_spelling(heading: str, column: str | None) -> None:
    assert meaning(heading) == column


def test_unknown_columns_are_said_and_left_out() -> None:
    reading = read_roster(b"serial,colour,teacher's dog\nX1,blue,Rex\n")

    assert reading.remarks == ("not known here and left out: colour, teacher's dog",)
    assert dict(reading.rows[0].values) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1299.50", 1299.5),
        ("1299,50", 1299.5),
        ("1.299,50", 1299.5),
        ("1,299.50", 1299.5),
        ("1 299,5", 1299.5),
        ("1'299.50", 1299.5),
        ("1.299", 1299.0),
        ("1,299", 1299.0),
        ("12.345.678,00", None),
        ("€ 349", 349.0),
        ("349,- €", 349.0),
        ("$349.9", 349.9),
        ("349.00 USD", 349.0),
        ("-5", None),
        ("cheap", None),
        ("1,2,3", None),
        ("nan", None),
        ("1e3", None),
    ],
)
def test_prices_are_read_with_either_comma(text: str, expected: float | None) -> None:
    read = read_price(text)

    assert (None if isinstance(read, Wrong) else read) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Chrome OS", "chromeos"), ("iPad", "ipados"), ("Windows 11", "windows"), ("Mac OS X", "macos"), ("BeOS", None)],
)
def test_platforms_are_read_by_any_of_their_names(text: str, expected: str | None) -> None:
    read = read_platform(text)

    assert (None if isinstance(read, Wrong) else read) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("7", 7), ("Slot 7", 7), ("7.0", 7), ("0", None), ("-1", None), ("²", None)]
)
def test_slots_are_whole_numbers_from_one(text: str, expected: int | None) -> None:
    read = read_slot(text)

    assert (None if isinstance(read, Wrong) else read) == expected


def test_a_serial_number_that_a_spreadsheet_shortened_is_refused() -> None:
    assert isinstance(read_serial("5.30E+12"), Wrong)
    assert read_serial("5E12345") == "5E12345"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-31", date(2024, 3, 31)),
        ("2024/3/1", date(2024, 3, 1)),
        ("2024-03-31 00:00:00", date(2024, 3, 31)),
        ("31.3.2024", date(2024, 3, 31)),
        ("01.02.24", date(2024, 2, 1)),
        ("25/12/2023", date(2023, 12, 25)),
        ("07/07/2023", date(2023, 7, 7)),
        ("3 Mar 2024", date(2024, 3, 3)),
        ("03-Mar-24", date(2024, 3, 3)),
        ("March 3, 2024", date(2024, 3, 3)),
        ("03/04/2024", None),
        ("31.2.2024", None),
        ("45352", None),
        ("yesterday", None),
    ],
)
def test_a_date_by_itself_is_read_or_refused(text: str, expected: date | None) -> None:
    read = read_date(text, evident_order(["31.3.2024", "2024-03-31"]) if text != "25/12/2023" else "day_first")

    assert (None if isinstance(read, Wrong) else read) == expected


@pytest.mark.parametrize(("other", "expected"), [("25/12/2023", date(2024, 4, 3)), ("12/25/2023", date(2024, 3, 4))])
def test_one_telling_date_tells_for_the_whole_file(other: str, expected: date) -> None:
    values = _values(f"serial,purchased on,warranty until\nA1,03/04/2024,\nA2,,{other}\n")

    assert values[0]["purchased_on"] == expected


def test_ambiguous_dates_are_refused_with_the_way_out() -> None:
    reading = read_roster(b"serial,Purchase Date\nA1,03/04/2024\n")

    assert reading.rows == ()
    assert str(reading.problems[0]) == (
        "line 2, Purchase Date: '03/04/2024' can be read in two ways, and no date of this file shows which. "
        "Write it like 2024-03-31, or say --dates day-first or --dates month-first."
    )


def test_what_people_say_about_dates_decides() -> None:
    reading = read_roster(b"serial,purchased on\nA1,03/04/2024\n", dates="month_first")

    assert reading.rows[0].values["purchased_on"] == date(2024, 3, 4)


def test_a_file_that_mixes_forms_is_refused_not_guessed() -> None:
    reading = read_roster(b"serial,purchased on\nA1,25/12/2023\nA2,12/25/2023\nA3,03/04/2024\n")

    assert [problem.line for problem in reading.problems] == [2, 3, 4]


def test_a_serial_number_that_stands_twice_is_refused_with_both_lines() -> None:
    reading = read_roster(b"serial,site\nAB1,Oak\nX,Oak\nab1,Elm\n")

    assert [row.serial_number for row in reading.rows] == ["X"]
    assert [problem.line for problem in reading.problems] == [2, 4]
    assert all("stands on lines 2 and 4" in problem.wrong for problem in reading.problems)


def test_every_bad_cell_is_told_with_its_line_and_heading() -> None:
    reading = read_roster(
        b"Serial,Site,Cart,Slot,Cost\nA1,Oak,B,x,cheap\n,Oak,,,\nA3,,B,,\nA4,Oak,,3,\nA5,Oak,B,1,10,9,8\nA6,Oak,B,1,10\n"
    )

    assert [(problem.line, problem.column) for problem in reading.problems] == [
        (2, "Slot"),
        (2, "Cost"),
        (3, "Serial"),
        (4, "Cart"),
        (5, "Slot"),
        (6, ""),
    ]
    assert all(problem.wrong and problem.way_out for problem in reading.problems)
    assert [row.line for row in reading.rows] == [7]


def test_lines_are_counted_as_the_spreadsheet_counts_them() -> None:
    reading = read_roster(b'serial,model\n\nA1,"a\nb"\nA2,fine\n')

    assert [(problem.line, problem.column) for problem in reading.problems] == [(3, "model")]
    assert [row.line for row in reading.rows] == [5]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"serial\0,site\n", "zero bytes"),
        (b"name,site\nX,Oak\n", "no heading names the serial number"),
        (b"serial,S/N\nX,Y\n", "both name the serial number"),
    ],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(content: bytes, word: str) -> None:
    reading = read_roster(content)

    assert not reading.is_readable
    assert reading.rows == ()
    assert word in str(reading.problems[0])


def test_headings_alone_are_no_list() -> None:
    reading = read_roster(b"serial,site\n")

    assert [problem.wrong for problem in reading.problems] == ["there is no device below the headings"]


def test_a_hyphen_takes_away_and_an_empty_cell_leaves() -> None:
    values = _values("serial,site,cart,asset tag\nA1,Oak,-,\n")

    assert values == [{"site": "Oak", "cart": None}]


def test_any_bytes_are_read_or_refused_never_a_crash() -> None:
    random_bytes = random.Random(7)

    for _ in range(300):
        head = random_bytes.choice(
            [b"", b"serial,site,slot,price,purchased on\n", b"\xff\xfe", b"\xef\xbb\xbfserial;x\n"]
        )
        body = bytes(random_bytes.choices(b"ab1,;\"\n\r\t'-=/.\xe9\x00\x81", k=random_bytes.randrange(200)))
        reading = read_roster(head + body)
        assert reading.rows or reading.problems


def test_every_column_has_a_reading() -> None:
    row = "S1,T1,300e,linux,Lenovo,Oak,B,1,2024-01-02,10,2025-01-02,2026-01-02,Student"

    values = _values(",".join(COLUMNS) + "\n" + row + "\n")

    assert set(values[0]) == set(COLUMNS) - {"serial_number"}
    assert values[0]["role"] == "pupil"
