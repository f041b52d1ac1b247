"""Writes one table as a spreadsheet: headings bold and fixed, days as days, and no text that runs as a formula."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

_CELL_LETTERS_MAX = 32_000  # a spreadsheet's cell holds 32,767
_WIDTH_MAX = 60


def write_table(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The file's bytes. Instants lose their zone, which a spreadsheet does not know: they are UTC."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # a new workbook has one
    sheet.title = name[:31]
    widths = [len(heading) for heading in headings]
    sheet.append(list(headings))
    for line, row in enumerate(rows, start=2):
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(row=line, column=place)
            if isinstance(value, str):
                write_text(cell, value)  # type: ignore[arg-type]  # nothing is merged
            else:
                cell.value = _plain(value)
            widths[place - 1] = min(_WIDTH_MAX, max(widths[place - 1], len(str(cell.value or ""))))
    for place, width in enumerate(widths, start=1):
        sheet.cell(row=1, column=place).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = width + 2
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def write_text(cell: Cell, text: str) -> None:
    """Put text into a cell: what no spreadsheet can hold is left out, and nothing is taken for a formula."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:_CELL_LETTERS_MAX]
    cell.data_type = "s"  # else what begins with = is kept as a formula


def _plain(value: object) -> str | float | date | None:
    match value:
        case None | bool() | int() | float():
            return value
        case datetime():
            return value.replace(tzinfo=None, microsecond=0)
        case date():
            return value
        case _:
            return ILLEGAL_CHARACTERS_RE.sub("", str(value))[:_CELL_LETTERS_MAX]
