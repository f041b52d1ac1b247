"""The back-test's page says what was found to somebody who buys devices, and needs nothing but itself."""

import argparse
import re
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from rollcall_collector.backtest.evaluate import CutOutcome, ListOutcome, Ranking
from rollcall_collector.backtest.html_page import as_page
from rollcall_collector.backtest.report import Report, report_of
from rollcall_collector.backtest.table import as_text
from rollcall_collector.backtest.wording import RANKED_BY
from rollcall_collector.cli.backtest import VERBS
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import RecordsError
from rollcall_collector.judge.parameters import Parameters

NOBODY = ListOutcome(flagged=0, ratio=0.0, observed_over_expected=0.0, failed_again=0.0, share_of_failures=0.0)
NAMED = ListOutcome(flagged=62, ratio=3.8, observed_over_expected=4.6, failed_again=0.84, share_of_failures=0.104)
NAN = float("nan")


def _report(*, oldest: float = 0.69, failures: int = 2512, notes: tuple[str, ...] = ()) -> Report:
    lifts = {"rollcall": 2.99, "ratio to peers": 3.08, "oldest first": oldest, "raw count": 3.02, "raw rate": 3.01}
    forecasts = {"rollcall": 1.04, "raw rate": 1.81}
    outcome = CutOutcome(
        until_day=(date(2003, 9, 9) - date(1970, 1, 1)).days,
        horizon_days=365,
        devices=2724,
        failures=failures,
        failed_share=0.52,
        shape=1.6,
        is_enough=True,
        rankings=tuple(
            Ranking(
                name=name,
                lift=(2 * lift, lift, lift / 1.4) if failures else (NAN, NAN, NAN),
                forecast_over_actual=forecasts.get(name) if failures else None,
                young_share=0.0,
                luck=None if name == "rollcall" or not failures else (lift - 3.5, lift - 2.5),
            )
            for name, lift in lifts.items()
        ),
        few=(27, 0.2),
        replace=NAMED if failures else NOBODY,
        watch=NOBODY,
    )
    return report_of([outcome], Parameters(), notes)


def test_the_page_says_the_answer_in_plain_sentences() -> None:
    page = as_page(_report())

    assert "<h1>The worst 5 % by Rollcall had 3.0 times the failures of as many drawn by lot</h1>" in page
    assert (
        "0.7 times as many of the failures that followed as throwing dice, so dice would have been the better" in page
    )
    assert "it foretold 104 failures for every 100 that came" in page
    assert "would have foretold 181" in page
    assert "On 9 September 2003 it would have named 62 devices to replace (2.3% of all devices)" in page
    assert "84% of them failed again, of all devices 52%" in page
    assert "On 9 September 2003 no device would have been named to watch." in page


def test_the_page_needs_nothing_but_itself() -> None:
    page = as_page(_report(notes=("a <b>bold</b> note",)))

    assert not re.search(r"<script|<link|<img|src=|https?:|@import|url\((?!#)", page)
    assert "a &lt;b&gt;bold&lt;/b&gt; note" in page
    assert "@media print" in page


def test_every_ranking_has_a_bar_a_share_and_what_is_worse_than_chance_ends_before_the_line() -> None:
    page = as_page(_report())

    svg = page[page.index("<svg") : page.index("</svg>")]
    worse = [
        (float(x), float(width)) for x, width in re.findall(r'class="is-worse" x="(\S+)" y="\S+" width="(\S+)"', svg)
    ]
    lines = sorted(float(x) for x in re.findall(r'class="chance" x1="(\S+)"', svg))
    assert len(re.findall(r'<rect class="(?:ours|bar|is-worse)"', svg)) == 15
    assert len(lines) == 3
    assert [left + width < lines[panel] for panel, (left, width) in ((1, worse[0]), (2, worse[1]))] == [True, True]
    assert svg.count("1 = chance") == 3


def test_a_better_than_chance_oldest_first_is_not_called_worse() -> None:
    report = _report(oldest=1.9)

    assert "dice would have been" not in as_page(report)
    assert "worse than throwing dice" not in as_text(report)


def test_the_terminal_says_worse_than_dice_under_the_table() -> None:
    text = as_text(_report())

    (line,) = [one for one in text.splitlines() if one.endswith("worse than throwing dice")]
    bar, _, beyond = line.partition("|")
    assert "oldest first" in bar
    assert "0.69" in beyond
    assert "#" not in beyond


def test_every_column_and_every_order_of_the_table_is_explained_below_it() -> None:
    table, _, explained = as_text(_report()).partition("How to read this")

    named = {"lift", "forecast/actual", "top 1 % new", *RANKED_BY}
    assert [name for name in named if name not in table] == []
    assert [name for name in named if not all(word in explained.split() for word in name.split())] == []


def test_nothing_to_compare_with_is_said_and_drawn_as_not_known() -> None:
    report = _report(failures=0)

    page = as_page(report)

    assert "nothing to compare it with" in page
    assert page.count("not known</text>") == 15
    assert "nan" not in page + as_text(report)


def test_the_page_is_written_where_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    units, events = tmp_path / "units.csv", tmp_path / "events.csv"
    units.write_text("unit,start\n" + "".join(f"u{one},2020-01-01\n" for one in range(20)))
    events.write_text("unit,time\n" + "".join(f"u{one % 7},202{one % 3}-05-1{one % 9}\n" for one in range(90)))
    parser = argparse.ArgumentParser()
    VERBS[0].configure(parser)
    files = ["--units", str(units), "--events", str(events), "--at", "2021-09-01"]

    status = VERBS[0].run(parser.parse_args([*files, "--out", str(tmp_path / "it.html")]), CollectorSettings())

    assert status == 0
    assert (tmp_path / "it.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "the page is written to" in capsys.readouterr().err
    with pytest.raises(RecordsError, match=r"cannot write .*: No such file or directory"):
        VERBS[0].run(parser.parse_args([*files, "--out", str(tmp_path / "no" / "it.html")]), CollectorSettings())


@pytest.mark.parametrize(
    ("luck", "said"),
    [
        ((0.2, 1.1), "As of 9 September 2003 counting past failures was better than the forecast by more than luck"),
        (
            (-0.6, 0.9),
            "the count's lift would lie between -0.6 and +0.9 of the forecast's. 27 of 2,724 devices had 20% of all",
        ),
        ((-1.4, -0.3), ""),
    ],
)
def test_a_count_that_does_as_well_as_the_forecast_is_explained(luck: tuple[float, float], said: str) -> None:
    report = _report()
    (outcome,) = report.outcomes
    rankings = tuple(replace(one, luck=luck) if one.name == "raw count" else one for one in outcome.rankings)
    told = report_of([replace(outcome, rankings=rankings)], Parameters())

    text, page = as_text(told), unescape(as_page(told))

    assert (said in page, said in " ".join(text.split())) == (True, True)
    assert ("A count names whoever failed, by bad luck" in page) is bool(said)
