"""Writes a plan as one printable page that needs nothing else: for the meeting where it is defended."""

from datetime import date
from html import escape

from rollcall_collector.model.plan import FleetPlan
from rollcall_collector.model.wording import say_number
from rollcall_collector.procurement.sheets.columns import Cell, Kind, PlanSheet, SheetColumn, sheets
from rollcall_collector.procurement.wording import (
    say_day,
    say_lists,
    say_minutes,
    say_price,
    say_question,
    say_remarks,
    say_title,
)

_TITLES = {
    "Plan": "What to do",
    "Outside": "What asks for it and is outside, the next in line first",
    "Refresh": "What is due by its date, apart from this budget",
    "Compare": "What the same money would buy otherwise",
    "Outlook": "What falls due in the next five years",
}
_LEFT_OUT = ("serial number", "flag", "bought")
"""Columns that are in the spreadsheet and would make paper too narrow."""
_STYLE = """
:root { color-scheme: light; }
body { font: 10pt/1.4 system-ui, sans-serif; color: #111; background: #fff; margin: 2em auto; max-width: 72em;
  padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin: 2em 0 0.4em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 0.25em 0.5em; text-align: left; vertical-align: top; border-bottom: 1px solid #ccc; }
th { border-bottom: 2px solid #111; } .number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; } tr { break-inside: avoid; } .why td { color: #333; padding-bottom: 0.7em; }
tr.first td { border-bottom: 0; } thead { display: table-header-group; }
@page { size: A4 landscape; margin: 12mm; }
@media print { body { margin: 0; max-width: none; padding: 0; } }
"""


def write_page(plan: FleetPlan) -> str:
    """The whole page as HTML: no script, nothing fetched, every text escaped."""
    title = escape(say_title(plan))
    remarks = "".join(f"<p>{escape(one)}</p>\n" for one in say_remarks(plan))
    tables = "".join(_table(sheet) for sheet in sheets(plan))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n<h1>{title}</h1>\n<p>{escape(say_question(plan))} {escape(say_lists(plan))}</p>\n{remarks}{tables}"
        "</body>\n</html>\n"
    )


def _table(sheet: PlanSheet) -> str:
    title = f"<h2>{escape(_TITLES[sheet.name])}</h2>\n"
    if not sheet.rows:
        return f"{title}<p>{escape(sheet.empty)}</p>\n"
    shown = [
        place
        for place, column in enumerate(sheet.columns)
        if column.kind != "long" and column.heading not in _LEFT_OUT
    ]
    long = next((place for place, column in enumerate(sheet.columns) if column.kind == "long"), None)
    headings = "".join(_cell("th", sheet.columns[place], sheet.columns[place].heading) for place in shown)
    lines = []
    for row in sheet.rows:
        marked = ' class="first"' if long is not None else ""
        said = "".join(
            _cell("td", sheet.columns[place], _say(row[place], sheet.columns[place].kind)) for place in shown
        )
        lines.append(f"<tr{marked}>{said}</tr>\n")
        if long is not None:
            lines.append(f'<tr class="why"><td colspan="{len(shown)}">{escape(str(row[long]))}</td></tr>\n')
    return f"{title}<table>\n<thead><tr>{headings}</tr></thead>\n<tbody>\n{''.join(lines)}</tbody>\n</table>\n"


def _cell(tag: str, column: SheetColumn, text: str) -> str:
    marked = "" if column.kind in {"text", "long"} else ' class="number"'
    return f"<{tag}{marked}>{escape(text)}</{tag}>"


def _say(cell: Cell, kind: Kind) -> str:
    match kind, cell:
        case "money", float() | int() | None:
            return say_price(cell)
        case _, None:
            return ""
        case "minutes", float() | int():
            return say_minutes(cell)
        case "share", float() | int():
            return f"{100 * cell:.0f} %" if cell <= 0.99 else "over 99 %"  # noqa: PLR2004  # never "100 %"
        case _, date():
            return say_day(cell)
        case _:
            return say_number(cell) if isinstance(cell, int) else str(cell)
