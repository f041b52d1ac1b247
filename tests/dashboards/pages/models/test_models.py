"""The page Models answers what to buy again, draws what it says, and says what it does not know."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rollcall_collector.judging.models import Models
from rollcall_collector.model.hardware import ModelReport, StartFigures, StartMonth
from rollcall_dashboards.pages.models import start_plot
from rollcall_dashboards.pages.models.rate_plot import Scale, draw, nice_step
from rollcall_dashboards.pages.models.view import title
from tests.support.browsing import Served, serving
from tests.support.fleets.kept import keep_device
from tests.support.fleets.reported import FORMULA, HOSTILE, keep_report, make_report
from tests.support.reading import client_of, heading_of, read_page, words_of


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("models"), is_seeded=False) as running:
        with running.engine.begin() as connection:
            keep_report(connection)
        yield running


@pytest.fixture(scope="module")
def models() -> tuple[ModelReport, ...]:
    return make_report()


def _page(served: Served) -> str:
    return read_page(served, "/models", "viewer")


def _of(html: str, model: str) -> str:
    """The part of the page that is one model's."""
    start = html.index(f"<h3>{model}</h3>")
    return html[start : min(html.index(end, start) for end in ('<li class="life', "</ol>") if end in html[start:])]


def test_the_heading_is_the_answer_and_the_best_stands_first(reported: Served) -> None:
    html = _page(reported)

    shown = re.findall(r'<div class="whose"><h3>(.*?)</h3>', html)
    assert heading_of(html) == "1 model to buy again, 1 to ask the vendor about"
    assert [name for name in shown if name in {"Good", "Usual", "Bad"}] == ["Good", "Usual", "Bad"]
    assert "all of them together: 16 incidents a school year in 100 devices" in words_of(html)


def test_each_published_model_has_a_dot_a_whisker_and_the_same_in_words(reported: Served) -> None:
    good = _of(_page(reported), "Good")

    assert good.count('<circle class="dot"') == 1
    assert 'aria-label="Good: 4 incidents a school year in 100 devices, 2.3 to 6.5"' in good
    assert "Buy again: 4.0 incidents a school year in 100 devices" in words_of(good)
    assert "<b>4</b>" in good


def test_the_insufficient_are_greyed_undrawn_and_say_what_lacks(reported: Served) -> None:
    html = _page(reported)

    assert html.count('class="life unknown"') == 2
    assert "8 of 100 devices and 480 of 10 000 days of use" in words_of(html)
    assert "no device of its platform has ever told a failure" in words_of(_of(html, "iPad"))
    assert "<circle" not in _of(html, "iPad")


def test_what_struck_a_model_stands_on_it_and_on_no_other(reported: Served) -> None:
    html = _page(reported)

    said = (
        "3 Oct to 1 Nov 2025: 34 of its devices crashed 36 times where 4.2 are usual, since version 24H2. "
        "Not charged to the devices; this month is left out of its rate."
    )
    assert said in words_of(_of(html, "Bad"))
    assert words_of(html).count(said) == 1


def test_batches_open_without_a_script_beside_their_model(reported: Served) -> None:
    bad = _of(_page(reported), "Bad")

    details = bad[bad.index("<details>") :]
    assert re.findall(r'<th scope="row" class="nowrap">(\d+)</th>', details) == ["2021", "2024"]
    assert "above its other batches" in words_of(details)
    assert "below its other batches" in words_of(details)
    assert "100 of 100" in words_of(details)
    assert "Years since purchase" in words_of(details)


def test_start_up_stands_as_small_pictures_of_one_scale_a_platform(reported: Served) -> None:
    html = _page(reported)

    pictures = re.findall(r'<svg class="months"[^>]*aria-label="([^"]*)"', html)
    assert len(pictures) == 4
    assert any(one.startswith("Bad: 35 s in ") and one.endswith("months measured") for one in pictures)
    assert "0 to 40 s, a line every 10 s" in words_of(html)
    assert "Without measured starts: " in words_of(html)
    assert "iPad. An iPad does not tell them." in words_of(html)


def test_each_part_of_the_pictures_has_a_look(reported: Served) -> None:
    with client_of(reported, "viewer") as client:
        style = client.get("/static/rollcall.css").text

    wanted = (".lives", ".life", ".struck", ".multiples", ".months .band", ".interval .beside", ".interval .whisker")
    assert [one for one in wanted if f"{one} {{" not in style] == []


def test_what_a_device_calls_its_model_is_text(reported: Served) -> None:
    html = _page(reported)

    assert HOSTILE not in html
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in html


def test_the_export_holds_models_and_batches_with_empty_cells_for_the_unknown(reported: Served) -> None:
    with client_of(reported, "viewer") as client:
        answer = client.get("/models.csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    bad = [row for row in rows if row["model"] == "Bad"]
    pad = next(row for row in rows if row["model"] == "iPad")
    assert answer.headers["content-disposition"] == 'attachment; filename="models.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert [(row["purchase_year"], row["advice"]) for row in bad] == [
        ("", "ask_the_vendor"),
        ("2021", "above"),
        ("2024", "below"),
    ]
    assert (pad["incidents"], pad["rate"], pad["start_seconds"], pad["batteries"]) == ("", "", "", "")
    assert f"'{FORMULA}" in {row["model"] for row in rows}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_a_district_too_young_says_so(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        html = _page(served)

    assert heading_of(html) == "Too little is known yet to say what to buy again"
    assert "of 100 devices" in words_of(html)
    assert '<svg class="interval"' not in html


def test_an_empty_page_says_what_to_do_first(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served:
        empty = _page(served)
        with served.engine.begin() as connection:
            keep_device(connection, "a1", site="Oak", model="Probe")
        unjudged = _page(served)

    assert heading_of(empty) == "No model has been reported on yet"
    assert "rollcall enroll-token create" in words_of(empty)
    assert "rollcall judge" in words_of(unjudged)


def test_the_answer_stays_honest_where_little_is_shown(models: tuple[ModelReport, ...]) -> None:
    by_model = {one.model: one for one in models}

    def said(*chosen: ModelReport) -> str:
        return title(Models(judged_at=None, until_on=None, models=chosen, shocks=()))

    usual = by_model["Usual"]
    assert said(by_model["Good"], usual) == "1 model to buy again"
    assert said(usual, by_model["Bad"]) == "0 models to buy again, 1 to ask the vendor about"
    assert said(usual, replace(usual, model="Other")) == "No difference shown between 2 models"
    assert said(by_model[FORMULA], by_model["iPad"]) == "No second model to compare with yet"
    assert said(by_model["iPad"]) == "Too little is known yet to say what to buy again"


@pytest.mark.parametrize(("most", "step"), [(0.9, 0.2), (1.0, 0.2), (1.2, 0.5), (0.037, 0.01), (24, 5)])
def test_a_scale_has_five_steps_of_a_round_number_at_most(most: float, step: float) -> None:
    assert nice_step(most) == pytest.approx(step)


def test_the_dot_is_open_where_nothing_is_called_however_far_the_others_lie(models: tuple[ModelReport, ...]) -> None:
    record = next(one.record for one in models if one.model == "Usual")
    scale = Scale(most=1.0, step=0.2)

    assert 'class="dot open"' in draw("Usual", record, scale, 0.9, is_called=False)
    assert 'class="dot"' in draw("Usual", record, scale, 0.9, is_called=True)
    assert 'class="beside" x1="90.0%"' in draw("Usual", record, scale, 0.9, is_called=True)


def test_a_month_without_starts_is_a_gap_and_no_line() -> None:
    def month(on: str) -> StartMonth:
        return StartMonth(from_on=on, devices=9, median_seconds=20, low_seconds=10, high_seconds=40)

    figures = StartFigures(
        devices=0,
        median_seconds=None,
        low_seconds=None,
        high_seconds=None,
        months=(month("2025-01-01"), month("2025-01-31"), month("2025-05-01")),
    )
    months = [date(2025, 1, 1), date(2025, 1, 31), date(2025, 3, 2), date(2025, 5, 1)]

    drawn = str(start_plot.draw("A", figures, months, 40.0))

    line = re.search(r'class="line" d="([^"]*)"', drawn)
    assert line is not None
    assert line[1] == "M0 30.0L5 30.0L15 30.0L20 30.0M30 30.0L35 30.0L40 30.0"
