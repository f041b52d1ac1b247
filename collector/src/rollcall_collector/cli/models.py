"""`rollcall models`: which hardware models to buy again and which to ask the vendor about, with intervals drawn."""

import argparse
from typing import Any

from rollcall_collector.cli.arguments.models import SYNTAX
from rollcall_collector.cli.parts.output import plain, print_json, print_table
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.judge.models.advice import say_struck
from rollcall_collector.judge.models.rates import a_school_year, shown_rate
from rollcall_collector.judging.models import Models, read_report, shocks_of
from rollcall_collector.model.hardware import BatchReport, LifeRecord, ModelReport
from rollcall_collector.model.scope import Scope

WIDE = 36
"""Characters across which intervals are drawn, all to one scale."""
_ADVICE = {
    "buy_again": "buy again",
    "no_difference": "no difference shown",
    "nothing_to_compare": "nothing to compare",
    "ask_the_vendor": "ask the vendor",
    "insufficient": "not enough evidence",
}
_HEADINGS = (
    "platform",
    "model",
    "advice",
    "rate",
    "from",
    "to",
    "a school year in 100 devices",
    "devices",
    "days",
    "named",
)
_EMPTY = "No model yet: 'rollcall judge' reports on them once devices have been heard."


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with opened_store(settings) as engine, engine.connect() as connection:
        found = read_report(connection, Scope.all(), platform=chosen.platform)
    if chosen.json:
        print_json(plain(found))
        return 0
    batches = [batch.record for one in found.models for batch in one.batches] if chosen.batches else []
    drawn = [*(one.record for one in found.models), *batches]
    most = max((one.high or 0.0 for one in drawn), default=0.0)
    rows = [row for one in found.models for row in _rows(one, most, has_batches=chosen.batches)]
    print_table(_HEADINGS, rows, empty=_EMPTY)
    if rows:
        _print_sentences(found)
    return 0


def _rows(one: ModelReport, most: float, *, has_batches: bool) -> list[tuple[Any, ...]]:
    rows = [(one.platform or "?", one.model, _ADVICE[one.advice], *_figures(one.record, most, _line_of(one)))]
    for batch in one.batches if has_batches else ():
        year = "year unknown" if batch.purchase_year is None else f"bought {batch.purchase_year}"
        word = {"below": "below other years", "above": "above other years"}.get(batch.standing, "")
        rows.append(("", f"  {year}", word, *_figures(batch.record, most, _line_of(batch))))
    return rows


def _line_of(one: ModelReport | BatchReport) -> float | None:
    """The rate of the others, beside which a model or a batch is drawn."""
    return None if one.beside is None else one.beside.others_rate


def _figures(record: LifeRecord, most: float, other: float | None) -> tuple[Any, ...]:
    shown = shown_rate(record)
    a_year = [None] * 3 if shown is None else [a_school_year(one) for one in (shown.rate, shown.low, shown.high)]
    drawn = record.lacking or "" if record.rate is None else draw(record, most, other)
    named = record.named_replace + record.named_watch
    return *a_year, drawn, record.devices, round(record.device_days), named


def draw(record: LifeRecord, most: float, other: float | None) -> str:
    """`  [--o----]  |  `: the interval with its rate, a bar where the rate compared with lies, and 0 at the left.

    `most` is the rate at the right end: no interval that is drawn ends above it.
    """
    if record.rate is None or record.low is None or record.high is None:
        return ""
    places = [round(value / most * (WIDE - 1)) if most else 0 for value in (record.low, record.rate, record.high)]
    low, middle, high = places
    line = [" "] * WIDE
    line[low : high + 1] = "-" * (high + 1 - low)
    if other is not None and most:
        line[min(round(other / most * (WIDE - 1)), WIDE - 1)] = "|"
    line[low], line[high] = "[", "]"
    line[middle] = "o"
    return "".join(line)


def _print_sentences(found: Models) -> None:
    print()
    print(
        "[--o--] is the rate with its 90 % interval, | that of all others of its platform (of a batch: of its model)."
    )
    for one in found.models:
        print(f"\n{one.model}: {one.sentence}")
        for shock in shocks_of(found, one):
            print(f"  {say_struck(shock)}")


VERBS = verbs_of(SYNTAX, _run)
