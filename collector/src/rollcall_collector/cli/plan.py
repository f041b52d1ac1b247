"""`rollcall plan`: what to claim, to repair and to replace for a budget, and why, on the screen or in a file."""

import argparse
import shutil
import textwrap
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rollcall_collector.cli.arguments.plan import SYNTAX
from rollcall_collector.cli.parts.output import print_json, print_table
from rollcall_collector.cli.parts.store import operated_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import PlanError
from rollcall_collector.model.plan import FleetPlan, PlanQuestion, PlanRow
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.plan import make_plan
from rollcall_collector.procurement.question import read_bounds
from rollcall_collector.procurement.sheets.html_page import write_page
from rollcall_collector.procurement.sheets.spreadsheet import write_csv, write_xlsx
from rollcall_collector.procurement.wording import (
    say_day,
    say_heading,
    say_hour,
    say_lists,
    say_minutes,
    say_price,
    say_question,
    say_remarks,
    say_state,
    say_step,
    say_title,
    say_why,
    say_won,
)
from rollcall_collector.sheets.csv_cells import as_file
from rollcall_collector.store.audit.noting import note_export

SHOWN_OUTSIDE = 10
_WIDTH_MAX = 110
_HEADINGS = (
    "what",
    "device",
    "model",
    "site",
    "cart",
    "cost",
    "a lesson hour",
    "min a year",
    "min in all",
    "decided",
    "support until",
)
_WRITERS: dict[str, Callable[[FleetPlan], str | bytes]] = {
    ".csv": lambda plan: as_file(write_csv(plan)),
    ".html": write_page,
    ".xlsx": write_xlsx,
}


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    if chosen.out is not None and chosen.out.suffix.lower() not in _WRITERS:
        raise PlanError(f"{chosen.out} cannot be written: let its name end in {', '.join(_WRITERS)}")
    question = PlanQuestion(
        budget=chosen.budget,
        sites=tuple(chosen.site),
        bounds=read_bounds(chosen.floor, chosen.cap),
        threshold=chosen.threshold,
        wrong_share=chosen.wrong_share,
    )
    with operated_store(settings) as engine, engine.connect() as connection:
        if chosen.out is not None:
            note_export(engine, "plan --out", f"budget {chosen.budget:g}")
        plan = make_plan(
            connection,
            Scope.all(),
            question,
            settings=settings.plan,
            now=datetime.now(UTC),
        )
    if chosen.out is not None:
        _write(plan, chosen.out)
    if chosen.json:
        print_json(plan)
    elif chosen.out is not None:
        print(f"{say_title(plan)}. Written to {chosen.out}")
    else:
        _print(plan)
    return 0


def _write(plan: FleetPlan, file: Path) -> None:
    written = _WRITERS[file.suffix.lower()](plan)
    try:
        file.write_bytes(written if isinstance(written, bytes) else written.encode())
    except OSError as error:
        raise PlanError(f"{file} cannot be written: {error.strerror}. Name another file with --out") from error


def _print(plan: FleetPlan) -> None:
    print(say_title(plan))
    _say(f"{say_question(plan)} {say_lists(plan)}")
    for remark in say_remarks(plan):
        _say(remark)
    _print_rows("To do", (*plan.claims, *plan.chosen), has_reasons=True)
    _print_rows("Just outside, the next in line first", plan.outside, at_most=SHOWN_OUTSIDE, has_reasons=True)
    _print_rows("Without a price", plan.unpriced, at_most=SHOWN_OUTSIDE)
    _print_rows("Out of support, for which what is left would do", plan.with_the_rest, at_most=SHOWN_OUTSIDE)
    _print_rows("Due by date, apart from this budget", plan.refreshes, at_most=SHOWN_OUTSIDE)
    if plan.comparisons:
        _print_numbers(
            "The same money otherwise (claims not counted, they are free)",
            ("spent as", "devices", say_heading("cost", plan.currency), "minutes"),
            [(one.name, str(one.devices), say_price(one.cost), say_minutes(one.minutes)) for one in plan.comparisons],
        )
    _print_numbers(
        "Falling due in the next five years",
        ("year", "support ends", "planned life ends", say_heading("cost", plan.currency), "without a price"),
        [
            (str(one.year), str(one.support_ends), str(one.life_ends), say_price(one.cost), str(one.unpriced))
            for one in plan.outlook
        ],
    )


def _print_rows(title: str, rows: Sequence[PlanRow], *, at_most: int | None = None, has_reasons: bool = False) -> None:
    if not rows:
        return
    shown = rows[:at_most]
    _print_numbers(title, _HEADINGS, [_cells(row) for row in shown], lefts=(0, 1, 2, 3, 4, 9, 10))
    if has_reasons:
        print()
    for row in shown if has_reasons else ():
        _say(f"{row.device.name}: {say_why(row)}", indent="    ")
    if len(rows) > len(shown):
        print(f"… and {len(rows) - len(shown)} more: --out plan.xlsx has them all")


def _cells(row: PlanRow) -> tuple[str, ...]:
    return (
        say_step(row),
        row.device.name,
        row.device.model or "",
        row.device.site or "",
        row.device.cart or "",
        say_price(row.cost),
        say_hour(row),
        say_won(row, row.minutes_yearly),
        say_won(row, row.minutes),
        say_state(row),
        say_day(row.device.support_until),
    )


def _print_numbers(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, lefts: Sequence[int] = (0,)
) -> None:
    """A table of texts that are numbers to people: to the right, but for the columns in `lefts`."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    print(f"\n{title}")
    print_table(*_set_right(headings, rows, widths, lefts), empty="")


def _set_right(
    headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], lefts: Sequence[int]
) -> tuple[list[str], list[list[str]]]:
    lines = [
        [
            text if place in lefts else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in (headings, *rows)
    ]
    return lines[0], lines[1:]


def _say(text: str, *, indent: str = "") -> None:
    """A paragraph as wide as the terminal, but no wider than people read."""
    width = min(shutil.get_terminal_size((100, 24)).columns, _WIDTH_MAX)
    print(textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


VERBS = verbs_of(SYNTAX, _run)
