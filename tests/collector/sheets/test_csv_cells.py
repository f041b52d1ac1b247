"""No cell is run by a spreadsheet, what is guarded comes back as it was, and there is one guard in the house."""

import csv
import io
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall_collector.sheets.csv_cells import guard, unguard, write_lines
from tests.support.require import ROOT

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")


@pytest.mark.parametrize("text", ["=1+1", "+49", "-5", "@SUM(A1)", "\t=1", "\r=1", "\uff1dHYPERLINK()", "-", "'=1+1"])
def test_a_text_that_would_run_is_guarded(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "T-001", "'s-Hertogenbosch", "007", "a=b", " =1"])
def test_any_other_text_is_left_alone(text: str) -> None:
    assert guard(text) == text


@given(st.text(alphabet="'=+-@0aÄ\t\"", max_size=6) | st.text())
def test_what_is_guarded_comes_back_and_never_runs(text: str) -> None:
    cell = guard(text)

    assert not cell.startswith(_RUN)
    assert unguard(cell) == text


def test_numbers_days_and_nothing_are_plain() -> None:
    (row,) = csv.reader(io.StringIO(write_lines([[None, -1.5, 3.0, 0.12345, 7, date(2026, 3, 4), "=x", "a,b"]])))

    assert row == ["", "-1.5", "3", "0.1235", "7", "2026-03-04", "'=x", "a,b"]


def test_no_other_place_guards_cells_or_writes_csv() -> None:
    sources = [path for room in ("collector", "dashboards") for path in (ROOT / room).rglob("src/**/*.py")]
    guards = re.compile(r"csv\.(?:writer|DictWriter)|[\"']=\+-@|\"=\", *\"\+\"|'=', *'\+'")

    found = {path.name for path in sources if guards.search(path.read_text(encoding="utf-8"))}

    assert found == {"csv_cells.py"}
