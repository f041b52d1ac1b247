"""Each form in which schools' programs write a day, a price, a platform or a guarded cell."""

from datetime import date

import pytest

from rollcall_collector.procurement.prices import Prices, price_replacement
from rollcall_collector.roster.cell_text import clean, read_out
from rollcall_collector.roster.cells import read_platform, read_price
from rollcall_collector.roster.dates import evident_order, read_date
from rollcall_collector.roster.month_names import month_of
from rollcall_collector.roster.reading import read_roster
from rollcall_collector.roster.warranty import add_months, read_months
from rollcall_collector.roster.wrong import Unsaid, Wrong


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1780272000000", date(2026, 6, 1)),
        ("1874966400000", date(2029, 6, 1)),
        ("1780272000", date(2026, 6, 1)),
        ("June 2027", date(2027, 6, 1)),
        ("Jun 2029", date(2029, 6, 1)),
        ("2027-06", date(2027, 6, 1)),
        ("06/2027", date(2027, 6, 1)),
        ("2026-06-01T00:00:00.000Z", date(2026, 6, 1)),
        ("2026-06-01T00:00:00+02:00", date(2026, 6, 1)),
        ("2026-06-01 00:00:00.0000000", date(2026, 6, 1)),
        ("Jun 1, 2026", date(2026, 6, 1)),
        ("June 1, 2026, 12:00:00 AM", date(2026, 6, 1)),
        ("Mon Jun 01 2026 00:00:00 GMT+0000 (Coordinated Universal Time)", date(2026, 6, 1)),
        ("1st June 2026", date(2026, 6, 1)),
        ("20260601", date(2026, 6, 1)),
        ("1. Juni 2026", date(2026, 6, 1)),
        ("1er juin 2026", date(2026, 6, 1)),
        ("14 juillet 2026", date(2026, 7, 14)),
        ("1 juni 2026", date(2026, 6, 1)),
        ("1 giugno 2026", date(2026, 6, 1)),
        ("1 de junio de 2026", date(2026, 6, 1)),
        ("1 de junho de 2026", date(2026, 6, 1)),
        ("März 2027", date(2027, 3, 1)),
        ("août 2027", date(2027, 8, 1)),
        ("8/1/2023 12:00:00 AM", date(2023, 8, 1)),
        ("Jun-29", date(2029, 6, 1)),
        ("Jun '29", date(2029, 6, 1)),
        ("2026. 06. 01.", date(2026, 6, 1)),
    ],
)
def test_a_day_is_read_in_every_form(text: str, expected: date) -> None:
    assert read_date(text, "month_first") == expected


@pytest.mark.parametrize(
    "text",
    [
        *("0000-00-00", "0000-00-00 00:00:00", "1/0/1900", "00/00/0000", "0/0/00", "00.00.0000", "0"),
        *("1899-12-30", "1900-01-00", "12/31/1899", "0001-01-01T00:00:00Z", "1601-01-01", "1970-01-01T00:00:00Z"),
        *("1/1/1970", "9999-12-31", "31.12.9999", "12/31/9999 11:59:59 PM", "Never", "Jan 0, 1900"),
        *("Expired", "lifetime", "abgelaufen", "expirée", "verlopen", "scaduta", "vencida"),
        *("1/1/1753", "1904-01-01", "2106-02-07T06:28:15Z", "-62135596800000", "253402300799000", "-1"),
    ],
)
def test_a_programs_word_for_no_day_leaves_the_day_open(text: str) -> None:
    reading = read_roster(f"Serial,Purchase Date\nA1,{text}\n".replace(", 1900", " 1900").encode())

    assert isinstance(read_date(text, None), Unsaid)
    assert [dict(row.values) for row in reading.rows] == [{}]
    assert reading.problems == ()


def test_a_day_that_is_none_says_nothing_of_the_order_of_the_others() -> None:
    assert evident_order(["12/31/1899", "1/0/1900", "25/12/2023"]) == "day_first"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8/13/98", date(1998, 8, 13)),
        ("1/31/99", date(1999, 1, 31)),
        ("13.08.98", date(1998, 8, 13)),
        ("03-Mar-31", date(2031, 3, 3)),
        ("8/13/24", date(2024, 8, 13)),
        ("8/13/75", None),
        ("8/13/1975", None),
    ],
)
def test_two_digits_are_a_year_that_can_be(text: str, expected: date | None) -> None:
    read = read_date(text, "month_first")

    assert (None if isinstance(read, Wrong) else read) == expected


def test_a_purchase_that_has_not_come_yet_is_told() -> None:
    text = b"Serial,Purchase Date,Warranty Expires\nA1,8/13/45,8/13/45\nA2,8/13/25,8/13/45\n"

    reading = read_roster(text, today=date(2026, 11, 28))

    assert [str(problem) for problem in reading.problems] == [
        "line 2, Purchase Date: '8/13/45' has not come yet. Write the day on which it was bought."
    ]
    assert reading.rows[0].values["warranty_until"] == date(2045, 8, 13)


@pytest.mark.parametrize("text", ["1.87497E+12", "1,874966E+12", "1.78E+12"])
def test_milliseconds_that_a_spreadsheet_shortened_are_named_as_such(text: str) -> None:
    reading = read_roster(f'Serial,AUE\nA1,"{text}"\nA2,1874966400000\n'.encode())

    assert [problem.wrong for problem in reading.problems] == [
        f"'{text}' is a number that a spreadsheet has shortened"
    ]
    assert [row.serial_number for row in reading.rows] == ["A2"]


def test_a_number_that_is_no_day_shows_no_order() -> None:
    assert evident_order(["98-08-13", "12/25/2023"]) == "month_first"


def test_an_end_of_life_may_be_a_span() -> None:
    (row,) = read_roster(b"Serial,Purchase Date,EOL\nA1,2023-08-01,60 months\n").rows

    assert row.values["support_until"] == date(2028, 8, 1)


def test_every_month_has_its_names() -> None:
    names = (
        "January Januar janvier januari gennaio enero janeiro",
        "February Februar février februari febbraio febrero fevereiro",
        "March März mars maart marzo marzo março Mrz mrt",
        "April April avril april aprile abril abril",
        "May Mai mai mei maggio mayo maio",
        "June Juni juin juni giugno junio junho",
        "July Juli juillet juli luglio julio julho",
        "August August août augustus agosto agosto agosto",
        "September September septembre september settembre septiembre setembro",
        "October Oktober octobre oktober ottobre octubre outubro",
        "November November novembre november novembre noviembre novembro",
        "December Dezember décembre december dicembre diciembre dezembro",
    )

    found = [{month_of(name) for name in line.split()} for line in names]

    assert found == [{month} for month in range(1, 13)]


@pytest.mark.parametrize(
    "text",
    [
        *("0", "0.00", "0,00 €", "$0", "0,-", "0.0000", "$ -", "- €", "0,\u2013", "Fr. 0.\u2013", "₹ 0", "N/C"),
        *("nothing", "Free", "gratis", "geleast", "don"),
        *("-0.00", "$.00", "0,00 ¤"),
    ],
)
def test_a_price_of_nothing_is_not_known(text: str) -> None:
    reading = read_roster(f'Serial;Price\nA1;"{text}"\n'.encode())

    assert isinstance(read_price(text), Unsaid)
    assert [dict(row.values) for row in reading.rows] == [{}]
    assert reading.remarks[-1] == f"Price: left open where it is no price, '{text}' (1 line)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("1.299,00", 1299.0), ("299.0000", 299.0), ("R$ 1.299,00", 1299.0), ("US$ 0.01", 0.01)),
        *(("299,\u2013 €", 299.0), ("Fr. 1'299.\u2013", 1299.0), ("299,--", 299.0), ("Rs. 29,900", 29_900.0)),
        ("299,00 ¤", 299.0),
    ],
)
def test_a_price_is_a_price(text: str, expected: float) -> None:
    assert read_price(text) == expected


def test_an_old_price_of_nothing_plans_no_new_device_for_nothing() -> None:
    assert price_replacement(Prices(), platform=None, paid=0.0) is None


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("iOS/iPadOS", "ipados"),
        ("iPadOS 17.5", "ipados"),
        ("Windows 11 Education", "windows"),
        ("Microsoft Windows 10 Pro", "windows"),
        ("macOS 14.5", "macos"),
        ("Ubuntu 24.04.1 LTS", "linux"),
        ("Chrome OS 120", "chromeos"),
        ("ChromeOS Flex", "chromeos"),
        ("Chromium OS", "chromeos"),
        ("OS X 10.11", "macos"),
        ("darwin", "macos"),
        ("Android (fully managed)", None),
        ("tvOS", None),
        ("Windows or Linux", None),
    ],
)
def test_a_platform_is_read_with_its_version(text: str, platform: str | None) -> None:
    read = read_platform(text)

    assert (None if isinstance(read, Wrong) else read) == platform


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("36", 36),
        ("36 months", 36),
        ("3 years", 36),
        ("3 Jahre", 36),
        ("24 Monate", 24),
        ("24 mois", 24),
        ("2026", None),
    ],
)
def test_a_warranty_may_be_a_span(text: str, months: int | None) -> None:
    assert read_months(text) == months


def test_a_span_ends_on_a_day_of_the_calendar() -> None:
    assert add_months(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert add_months(date(2023, 12, 1), 1) == date(2024, 1, 1)


def test_a_span_without_a_purchase_leaves_the_warranty_open() -> None:
    reading = read_roster(b"Serial,Warranty\nA1,36\n")

    assert dict(reading.rows[0].values) == {}
    assert (
        "Warranty: left open where it is a span, and no day of purchase is told, '36 months' (1 line)"
        in reading.remarks
    )


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('="0012345"', "0012345"),
        ('"=""0012346"""', "0012346"),
        ('=T("0012345")', "0012345"),
        ("'0012345", "0012345"),
        ("'=SUM", "=SUM"),
        ('=("0012345")', "0012345"),
        ('="0012345"&""', "0012345"),
        ('=CONCATENATE("0012345")', "0012345"),
        ('=""0012345""', "0012345"),
        ('"=HYPERLINK(""https://snipe.example/7"",""0012345"")"', "0012345"),
        ('"=HYPERLINK(""https://snipe.example/7"";""0012345"")"', "0012345"),
        ('"\t0012345"', "0012345"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
        ('"=""1,5"""', "1,5"),
        ("=0012345", "0012345"),
        ('"=TEXT(""12345"",""0000000"")"', '=TEXT("12345","0000000")'),  # what it shows is not told
    ],
)
def test_a_guarded_cell_says_what_it_guards(cell: str, said: str) -> None:
    (row,) = read_roster(f"Serial,Asset Tag\nA1,{cell}\n".encode()).rows

    assert row.values["asset_tag"] == said


def test_a_guarded_hyphen_is_a_hyphen_and_takes_nothing_away() -> None:
    (row,) = read_roster(b"Serial,Asset Tag,Model\nA1,'-,-\n").rows

    assert dict(row.values) == {"asset_tag": "-", "model": None}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("École\u00a0Sud", "École Sud"),
        ("\u202f12\u2009345\u200b", "12 345"),
        ("\ufeffA1\u200e", "A1"),
        ("E\u0301cole", "École"),
        ("Chrome\u00adbook", "Chromebook"),
        ("HP\tProBook", "HP ProBook"),
        ("HP \u00a0 ProBook", "HP ProBook"),
        ("UH\u20110007", "UH-0007"),
        ("A\u200c1\u200d\u2063", "A1"),
        ("Hill\u2028School", "Hill School"),
        ("Lehrerzimmer\ufe0f", "Lehrerzimmer"),
        ("\u3164A1\U000e0100\ufffc", "A1"),
        ("HP\u2800ProBook\x1b", "HP ProBook"),
    ],
)
def test_signs_that_nobody_sees_are_not_part_of_a_name(text: str, seen: str) -> None:
    assert clean(text) == seen


def test_what_nobody_sees_keeps_no_device_out() -> None:
    text = "Serial\u00a0Number\u200b;Asset\u202fTag;Site\nA\u200d1;UH\u20117;\u3000Hill  \u2003School\n"

    reading = read_roster(text.encode())

    assert reading.problems == ()
    assert [(row.serial_number, dict(row.values)) for row in reading.rows] == [
        ("A1", {"asset_tag": "UH-7", "site": "Hill School"})
    ]


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "N / A",
            "N\\A",
            "(null)",
            "<none>",
            "[blank]",
            "..",
            "*",
            "???",
            "TBA",
            "tbc",
            "No",
            "leer",
            "vide",
            "vuoto",
        ),
        *("\u2013", "#N/A", "n.v.t.", "s/o", "k.A."),
        *("#BEZUG!", "#¡VALOR!", "#NV", "#N/D", "#NOM?", "N A", "Loading...", "\u2212"),
        *("not recorded", "no cart", "kein Wagen", "sans chariot", "sin carrito", "geen kar"),
    ],
)
def test_a_word_for_nothing_names_nothing_however_it_is_written(cell: str) -> None:
    reading = read_roster(f"Serial,Asset Tag,Cart,Site\nA1,{cell},{cell},Hill\n".encode())

    assert [dict(row.values) for row in reading.rows] == [{"site": "Hill"}]


@pytest.mark.parametrize(
    "cell",
    [
        *("No Serial", "no S/N", "none visible", "see label", "Not readable", "illegible", "ohne", "sans", "TBC"),
        *("System Serial Number", "00000000", "xxxx", "FALSE", "S/N"),
        *("#WERT!", "1234567890", "1111111", "untagged", "nicht vorhanden", "To Be Filled", "zzzz"),
    ],
)
def test_words_where_a_serial_number_should_stand_are_no_device(cell: str) -> None:
    reading = read_roster(f"Serial,Asset Tag\n{cell},T1\nA2,T2\n".encode())

    assert [row.serial_number for row in reading.rows] == ["A2"]
    assert [(problem.line, problem.wrong) for problem in reading.problems] == [(2, "there is no serial number")]


@pytest.mark.parametrize(
    "serial",
    [
        "NA123456",
        "NULL1",
        "NO1234",
        "UNKNOWN7",
        "TEST123",
        "5CD 1234 ABC",
        "XQWKLMNPRT",
        "12345",
        "100234567",
        "NV1",
        "NA123456789",
    ],
)
def test_a_serial_number_that_only_looks_like_a_word_is_one(serial: str) -> None:
    (row,) = read_roster(f"Serial,Model,Asset Tag\n{serial},N/A-100,None-7\n".encode()).rows

    assert (row.serial_number, dict(row.values)) == (serial, {"model": "N/A-100", "asset_tag": "None-7"})


@pytest.mark.parametrize("serial", ["=IF(TRUE,1)", '"A2"x', "A2;A3"])
def test_a_serial_number_that_cannot_be_one_costs_its_line_and_is_named(serial: str) -> None:
    reading = read_roster(f"Serial\tModel\nA1\tProBook\n{serial}\tProBook\n".encode())

    assert [row.serial_number for row in reading.rows] == ["A1"]
    assert [problem.line for problem in reading.problems] == [3]


def test_a_cart_and_a_tag_that_only_sound_like_nothing_are_real() -> None:
    (named, counted) = read_roster(
        b"Serial,Asset Tag,Cart,Site\nA1,No5-Baker,Nova,None Such School\nA2,0,0,None Such School\n"
    ).rows

    assert dict(named.values) == {"asset_tag": "No5-Baker", "cart": "Nova", "site": "None Such School"}
    assert dict(counted.values) == {"cart": "0", "site": "None Such School"}  # a tag of 0 is a spreadsheet's


def test_a_price_with_a_narrow_space_is_read() -> None:
    (row,) = read_roster("Serial;Price\nA1;1\u202f299,00\u00a0€\n".encode()).rows

    assert row.values["price"] == 1299.0


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('<a href="https://snipe.example/hardware/7">UH-0007</a>', "UH-0007"),
        ("<b>Hill &amp; Co</b>", "Hill & Co"),
        ('<img src="x.png"> <a href="/7">UH-0008</a>', "UH-0008"),
        ("St. Mary&#039;s", "St. Mary's"),
        ('<i class="fa fa-times"></i>', ""),
        ("Model <3 & more", "Model <3 & more"),
        ("R&D;", "R&D;"),
    ],
)
def test_the_markup_of_an_old_program_says_its_text(cell: str, said: str) -> None:
    assert read_out(cell) == said
