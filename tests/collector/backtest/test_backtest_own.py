"""`rollcall backtest --own` answers from the store, or says what is lacking and when it will be there."""

import argparse
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from rollcall_collector.backtest.html_page import as_page
from rollcall_collector.backtest.own_fleet import OwnBacktest
from rollcall_collector.backtest.report import Report
from rollcall_collector.backtest.table import as_text
from rollcall_collector.cli.backtest import VERBS
from rollcall_collector.cli.backtest.own import backtest_store, tell_shortfall
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import RecordsError
from rollcall_collector.judge.parameters import Parameters
from tests.support.fleets.judged_fleet import FIRST, TODAY, make_school

CUT = FIRST + timedelta(days=220)


def _run(settings: CollectorSettings, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    VERBS[0].configure(parser)
    return VERBS[0].run(parser.parse_args(("--own", *arguments)), settings)


@pytest.fixture
def settings(tmp_path: Path) -> CollectorSettings:
    """Of a school that often fails, eleven months on record."""
    made = CollectorSettings(folder=tmp_path)
    lemons = {f"m{place:03d}": 6.0 for place in range(0, 100, 10)}
    with opened_store(made) as engine:
        make_school(engine, number=100, yearly={"crash": 3.0, "hardware": 1.0}, lemons=lemons)
    return made


def _found(
    settings: CollectorSettings, *days: date, horizon: int | None = None, told: list[str] | None = None
) -> Report | OwnBacktest:
    say = (told if told is not None else []).append
    return backtest_store(settings, today=TODAY, days=days, horizon_days=horizon, parameters=Parameters(), say=say)


def _notes(report: Report | OwnBacktest) -> Sequence[str]:
    assert isinstance(report, Report)
    return report.notes


def test_the_own_record_prints_the_same_table_chart_and_page(settings: CollectorSettings) -> None:
    told: list[str] = []

    report = _found(settings, CUT, told=told)

    assert isinstance(report, Report)
    assert told == ["reading the fleet's record", f"judging as of {CUT}"]
    assert f"As of {CUT}: 100 units" in as_text(report)
    assert "replace (5% wrong at most):" in as_text(report)
    assert "it would have named" in as_page(report)
    assert "understated" in as_page(report)


def test_a_short_look_ahead_is_said_plainly(settings: CollectorSettings) -> None:
    by_itself, asked = _found(settings, CUT), _found(settings, CUT, horizon=60)

    assert any("110 days are looked ahead" in one and "not 365" in one for one in _notes(by_itself))
    assert not any("looked ahead" in one for one in _notes(asked))


def test_too_short_a_record_says_when_it_will_do(settings: CollectorSettings) -> None:
    early = _found(settings, FIRST + timedelta(days=60))

    assert isinstance(early, OwnBacktest)
    said = tell_shortfall(early, is_json=False)
    as_json = json.loads(tell_shortfall(early, is_json=True))
    assert "a back-test needs 180 days and 200 incidents" in said
    assert f"Choose {early.shortfalls[0].earliest_on} or a later day with --at." in said
    assert as_json["notes"] == [said]
    assert as_json["shortfalls"][0]["earliest_on"] == str(early.shortfalls[0].earliest_on)


def test_one_day_that_will_not_do_does_not_hide_one_that_will(settings: CollectorSettings) -> None:
    report = _found(settings, FIRST + timedelta(days=60), CUT)

    assert isinstance(report, Report)
    assert len(report.outcomes) == 1
    assert any(one.startswith(f"Before {FIRST + timedelta(days=60)} the record has") for one in report.notes)


def test_a_store_that_heard_nobody_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = _run(CollectorSettings(folder=tmp_path))

    assert status == 1
    assert "Too little has been heard yet" in capsys.readouterr().out


@pytest.mark.parametrize("given", [["--units", "u.csv"], ["--where", "a=b"], ["--events-where", "a=b"]])
def test_what_is_for_files_is_refused(tmp_path: Path, given: list[str]) -> None:
    with pytest.raises(RecordsError, match=f"{given[0]} is for files: leave it out"):
        _run(CollectorSettings(folder=tmp_path), *given)
