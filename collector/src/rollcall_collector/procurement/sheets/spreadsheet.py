"""Writes a plan as a CSV file and as a spreadsheet that opens ready to be read, sorted and passed on."""

import io
from collections.abc import Iterator

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from rollcall_collector.model.plan import FleetPlan, PlanRow
from rollcall_collector.procurement.sheets.columns import ROW_COLUMNS, Cell, Kind, PlanSheet, cells, sheets
from rollcall_collector.sheets.csv_cells import write_lines
from rollcall_collector.sheets.xlsx import write_text

_FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "money": "#,##0.00",
    "minutes": "#,##0.0",
    "share": "0.0 %",
    "day": "d mmm yyyy",
}
_WIDTHS: dict[Kind, int] = {"text": 18, "long": 90, "count": 10, "money": 12, "minutes": 12, "share": 12, "day": 13}


def write_csv(plan: FleetPlan) -> str:
    """Every row of the plan, each saying in the first column where it stands: claim, plan, outside, no price, refresh.

    Numbers are plain (a point, no thousands), days ISO, and no cell can be taken for a formula.
    """
    headings = ["list", *(column.heading for column in ROW_COLUMNS), "currency"]
    return write_lines([headings, *([name, *cells(row), plan.currency] for name, row in _listed(plan))])


def write_xlsx(plan: FleetPlan) -> bytes:
    """The sheets Plan, Outside, Refresh, Compare and Outlook, headings bold and fixed, numbers as numbers."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]  # a new workbook has one sheet
    for sheet in sheets(plan):
        _fill(book.create_sheet(sheet.name), sheet)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _listed(plan: FleetPlan) -> Iterator[tuple[str, PlanRow]]:
    for name, rows in (
        ("claim", plan.claims),
        ("plan", plan.chosen),
        ("outside", plan.outside),
        ("no price", plan.unpriced),
        ("refresh", plan.refreshes),
    ):
        for row in rows:
            yield name, row


def _fill(page: Worksheet, sheet: PlanSheet) -> None:
    for place, column in enumerate(sheet.columns, start=1):
        heading = page.cell(row=1, column=place, value=column.heading)
        heading.font = Font(bold=True)
        heading.alignment = Alignment(wrap_text=True, vertical="top", horizontal=_side(column.kind))
        page.column_dimensions[get_column_letter(place)].width = _WIDTHS[column.kind]
    for line, row in enumerate(sheet.rows, start=2):
        for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True), start=1):
            _write(page.cell(row=line, column=place), value, column.kind)  # type: ignore[arg-type]  # nothing is merged
    if not sheet.rows:
        page.cell(row=2, column=1, value=sheet.empty)
    page.freeze_panes = "A2"
    page.print_title_rows = "1:1"
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.auto_filter.ref = page.dimensions


def _write(cell: SheetCell, value: Cell, kind: Kind) -> None:
    if isinstance(value, str):
        write_text(cell, value)
    else:
        cell.value = value
        cell.number_format = _FORMATS.get(kind, "General")
    cell.alignment = Alignment(wrap_text=kind == "long", vertical="top", horizontal=_side(kind))


def _side(kind: Kind) -> str:
    return "left" if kind in {"text", "long"} else "right"
