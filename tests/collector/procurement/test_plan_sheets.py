"""A plan on paper and in spreadsheets: every number is a number, no text is a formula or a script."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from rollcall_collector.model.device import Device
from rollcall_collector.model.plan import (
    Comparison,
    DueYear,
    FleetPlan,
    PlanQuestion,
    PlanRow,
    SiteBounds,
)
from rollcall_collector.procurement.sheets.html_page import write_page
from rollcall_collector.procurement.sheets.spreadsheet import write_csv, write_xlsx
from rollcall_collector.procurement.wording import say_remarks, say_title, say_why, say_won

FORMULA = '=HYPERLINK("http://evil.example")'
SCRIPT = "<script>alert(1)</script>"
DEVICE = Device(
    device=7,
    device_id="d-7",
    serial_number="S7",
    asset_tag="NB-07",
    platform="windows",
    model="Maple 14",
    site="Oak",
    cart="Cart B",
    purchased_on=date(2023, 8, 1),
    support_until=date(2031, 6, 30),
)
ROW = PlanRow(
    key=1,
    device=DEVICE,
    step="replace",
    part=None,
    cost=1299.5,
    minutes_yearly=411.2,
    minutes=1_234.5,
    flag=12,
    flag_state="accepted",
    finding="unreliable",
    sentence="Replace it: 9 crashes in 200 days of use.",
    evidence={"observed": 9},
    probability=0.9953,
)
BATTERY = replace(
    ROW, step="repair", part="battery", cost=45.0, flag_state="open", probability=None, unmeasured=("waiting",)
)
PLAN = FleetPlan(
    question=PlanQuestion(budget=40_000, bounds=(SiteBounds(site="Oak", floor=1_000, cap=9_000),)),
    made_on=date(2026, 3, 4),
    run=3,
    is_enough=True,
    chosen=(ROW,),
    outside=(BATTERY,),
    claims=(replace(ROW, step="claim", cost=0.0),),
    refreshes=(ROW,),
    unpriced=(replace(ROW, cost=None),),
    cost=1299.5,
    minutes=2_469.0,
    comparisons=(
        Comparison(name="this plan", devices=1, cost=1299.5, minutes=1_234.5),
        Comparison(name="oldest first", devices=30, cost=39_870.0, minutes=210.0),
    ),
    outlook=(DueYear(year=2026, support_ends=1_200, life_ends=3, cost=360_900.0, unpriced=2),),
    lists={"replace": 4, "watch": 9},
)
EMPTY = replace(
    PLAN,
    chosen=(),
    outside=(),
    claims=(),
    refreshes=(),
    unpriced=(),
    cost=0.0,
    minutes=0.0,
    comparisons=(),
    outlook=(),
)


def _hostile(plan: FleetPlan) -> FleetPlan:
    bad = replace(DEVICE, asset_tag=FORMULA, model=SCRIPT, site="-2+3", cart="\tcart\x07")
    return replace(plan, chosen=(replace(ROW, device=bad, sentence=f"@sum {SCRIPT}"),))


def _open(plan: FleetPlan) -> Workbook:
    return load_workbook(io.BytesIO(write_xlsx(plan)))


def _places(page: Worksheet) -> dict[str, int]:
    return {str(cell.value): place for place, cell in enumerate(page[1], start=1)}


class _Page(HTMLParser):
    """What a browser would make of the page: its tags, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in {"src", "href", "action"} or name[:2] == "on"
        ]

    def handle_data(self, text: str) -> None:
        self.text += text


def test_the_workbook_has_the_five_sheets_with_fixed_bold_headings() -> None:
    book = _open(PLAN)

    assert book.sheetnames == ["Plan", "Outside", "Refresh", "Compare", "Outlook"]
    for page in book:
        assert page.freeze_panes == "A2"
        assert all(cell.font.bold for cell in page[1])
        assert all(page.column_dimensions[get_column_letter(cell.column or 0)].width >= 10 for cell in page[1])
    assert [page.max_row - 1 for page in book] == [2, 2, 1, 2, 1]


def test_numbers_are_numbers_to_the_right_and_days_are_days() -> None:
    page = _open(PLAN)["Plan"]
    places = _places(page)
    line = 3  # the claim comes first

    cost, minutes = page.cell(line, places["cost"]), page.cell(line, places["lesson minutes in all"])
    likely, until = page.cell(line, places["likely worse than its peers"]), page.cell(line, places["support until"])
    assert [page.cell(row, 1).value for row in (2, 3)] == ["Claim", "Replace"]
    assert (cost.value, cost.number_format, cost.alignment.horizontal) == (1299.5, "#,##0.00", "right")
    assert (minutes.value, minutes.alignment.horizontal) == (1234.5, "right")
    assert (likely.value, likely.number_format) == (0.9953, "0.0 %")
    assert (until.value, until.number_format) == (datetime(2031, 6, 30), "d mmm yyyy")  # noqa: DTZ001  # a day


def test_what_nobody_priced_is_an_empty_cell_not_a_zero() -> None:
    page = _open(PLAN)["Outside"]
    places = _places(page)

    assert page.cell(2, places["cost"]).value == 45
    assert page.cell(3, places["cost"]).value is None


def test_minutes_that_nobody_measured_are_unknown_not_none() -> None:
    unheard = replace(ROW, minutes=0.0, minutes_yearly=0.0, unmeasured=("failures", "waiting"))
    page = _open(replace(PLAN, chosen=(unheard,)))["Plan"]

    assert page.cell(3, _places(page)["lesson minutes in all"]).value is None
    assert say_won(unheard, unheard.minutes) == "unknown"
    assert say_won(BATTERY, BATTERY.minutes) == "≥ 1\u202f234"
    assert say_won(ROW, ROW.minutes) == "1\u202f234"
    assert "its failures (never judged) and waiting" in say_why(unheard)


def test_no_text_of_a_device_becomes_a_formula() -> None:
    plan = _hostile(PLAN)

    cells = [cell for page in _open(plan) for row in page.iter_rows() for cell in row if cell.value is not None]
    lines = list(csv.reader(io.StringIO(write_csv(plan))))

    assert FORMULA in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@", "\t"))] == []
    assert f"'{FORMULA}" in lines[2]


def test_the_csv_says_of_each_row_where_it_stands() -> None:
    lines = list(csv.DictReader(io.StringIO(write_csv(PLAN))))

    assert [line["list"] for line in lines] == ["claim", "plan", "outside", "no price", "refresh"]
    assert [line["cost"] for line in lines] == ["0", "1299.5", "45", "", "1299.5"]
    assert (lines[1]["support until"], lines[1]["decided"], lines[1]["flag"]) == ("2031-06-30", "accepted", "12")
    assert lines[2]["what to do"] == "Repair: battery"
    assert "leave out waiting for its starts" in lines[2]["why"]


def test_the_page_escapes_everything_and_needs_nothing_else() -> None:
    page = write_page(_hostile(PLAN))

    found = _Page(page)
    assert SCRIPT not in page
    assert SCRIPT in found.text
    assert "script" not in found.tags
    assert found.addresses == []
    assert "@media print" in page


def test_the_page_says_money_minutes_and_days_as_people_read_them() -> None:
    text = _Page(write_page(PLAN)).text

    assert "1 to replace, 1 to claim: 1\u202f299.50 of 40\u202f000, 2\u202f469 lesson minutes won back" in text
    assert "Oak gets at least 1\u202f000 and at most 9\u202f000" in text
    for said in ("30 Jun 2031", "over 99 %", "1\u202f200", "360\u202f900", "no price", "On the replace list: 4"):
        assert said in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Nothing asks for money now"),
        ({"run": None}, "run `rollcall judge`"),
        ({"is_enough": False}, "Not enough evidence yet"),
    ],
)
def test_an_empty_plan_says_why_and_what_to_do(changes: dict[str, object], said: str) -> None:
    plan = replace(EMPTY, **changes)  # type: ignore[arg-type]  # a test's own words

    assert said in " ".join(say_remarks(plan))
    assert said in _Page(write_page(plan)).text
    assert say_title(plan).startswith("nothing to buy")
    assert _open(plan)["Plan"]["A2"].value == "Nothing to buy, to repair or to claim."
    assert write_csv(plan).count("\n") == 1


def test_the_next_in_line_is_named_with_what_it_lacks() -> None:
    tight = replace(PLAN, question=PlanQuestion(budget=1_310))

    said = " ".join(say_remarks(tight))

    assert "Just outside stands NB-07 (repair: battery, 45): 34.50 more would buy it." in said
    assert "1 cannot be weighed for want of a price" in said
    assert "Just outside" not in " ".join(say_remarks(PLAN))
