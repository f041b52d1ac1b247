"""A back-test says what it took apart on anyone's records: bursts, sites, kinds, hours, and what it could not see."""

import argparse
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rollcall_collector.cli.backtest import VERBS
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import RecordsError

START, CUT, DAYS = date(2021, 1, 4), date(2022, 9, 1), 975
UNITS = 240
Found = dict[str, Any]


@pytest.fixture
def found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Found]:
    """What the verb says on these rows, as JSON."""

    def run(units: list[str], events: list[str], *more: str) -> Found:
        (tmp_path / "u.csv").write_text("\n".join(units) + "\n")
        (tmp_path / "e.csv").write_text("\n".join(events) + "\n")
        parser = argparse.ArgumentParser()
        (verb,) = VERBS
        verb.configure(parser)
        files = ["--units", str(tmp_path / "u.csv"), "--events", str(tmp_path / "e.csv"), "--at", CUT.isoformat()]
        assert verb.run(parser.parse_args([*files, "--json", *more]), CollectorSettings()) == 0
        return dict(json.loads(capsys.readouterr().out)["dates"][0]["found"])

    return run


def _units(more: str = "", each: Callable[[int], str] = lambda _: "") -> list[str]:
    return [f"unit,start,model{more}", *(f"u{one},{START},m{each(one)}" for one in range(UNITS))]


def _events(yearly: Callable[[int], float], *, repeats: int = 1, kinds: tuple[str, ...] = ()) -> list[str]:
    """Failures by chance at each unit's rate; each comes again every five days, and is told as each of the kinds."""
    random = np.random.default_rng(3)
    rows = ["unit,time" + (",kind" if kinds else "")]
    for unit in range(UNITS):
        for day in np.sort(random.integers(0, DAYS, random.poisson(yearly(unit) * DAYS / 365))).tolist():
            for again in range(repeats):
                on = START + timedelta(days=day + 5 * again)
                rows += [f"u{unit},{on} 10:00:00{',' + kind if kind else ''}" for kind in kinds or ("",)]
    return rows


def _said(found: Found, about: str) -> str:
    return next(str(one) for one in found["apart"] if str(one).startswith(f"{about}: "))


def test_a_plain_record_is_told_what_could_not_be_looked_at(found: Callable[..., Found]) -> None:
    told = found(_units(), _events(lambda _: 2.0))

    assert _said(told, "Bursts").endswith("incidents.")
    assert "does not show that faults come again" in _said(told, "Bursts")
    assert [about for about in ("Sites", "Kinds", "Hours") if "not looked at" in _said(told, about)] == [
        "Sites",
        "Kinds",
        "Hours",
    ]


def test_faults_that_come_again_are_said_with_the_gap_that_was_demanded(found: Callable[..., Found]) -> None:
    told = found(_units(), _events(lambda _: 1.0, repeats=5))

    assert "faults come again here until they are mended" in _said(told, "Bursts")
    assert any(f"quiet for {gap} days" in _said(told, "Bursts") for gap in (7, 14, 30, 60, 90))


def test_a_loud_site_is_taken_out_and_names_none_of_its_units(found: Callable[..., Found]) -> None:
    events = _events(lambda unit: 6.0 if unit < 40 else 2.0)

    told, without = found(_units(",site", lambda unit: f",s{unit // 40}"), events), found(_units(), events)

    assert "among 6 sites units fail" in _said(told, "Sites")
    assert told["replace"]["flagged"] + told["watch"]["flagged"] <= 2
    assert without["replace"]["flagged"] + without["watch"]["flagged"] > 10


def test_one_trouble_told_as_two_kinds_counts_once(found: Callable[..., Found]) -> None:
    told = found(_units(), _events(lambda _: 2.0, kinds=("screen", "crash")))

    once = found(_units(), _events(lambda _: 2.0))
    assert "Kinds: " in _said(told, "Kinds")
    assert (
        _said(told, "Kinds").rsplit(" ", 1)[1] == _said(once, "Bursts").split(" apart counts, ")[1].split(" ")[0] + "."
    )


def test_the_busy_are_compared_by_their_hours(found: Callable[..., Found]) -> None:
    busy = {unit for unit in range(UNITS) if unit % 8 == 0}
    events = _events(lambda unit: 8.0 if unit in busy else 1.0)

    told = found(_units(",hours", lambda unit: ",16" if unit in busy else ",2"), events)

    assert "who is longer in use fails more" in _said(told, "Hours")
    assert told["replace"]["flagged"] + told["watch"]["flagged"] <= 2


def test_hours_that_are_no_hours_are_an_error_with_their_line(found: Callable[..., Found]) -> None:
    with pytest.raises(RecordsError, match=r"u\.csv line 2: hours '900' is no number of hours a day"):
        found(_units(",hours", lambda _: ",900"), _events(lambda _: 1.0))


def test_without_batches_the_year_of_the_start_stands_in_for_them(found: Callable[..., Found]) -> None:
    """Half of the units are of a bad year: a rate of all of them would rank the good ones beside the bad."""
    units = ["unit,start", *(f"u{one},{START - timedelta(days=700 * (one % 2))}" for one in range(UNITS))]

    told = found(units, _events(lambda unit: 0.5 + 5 * (unit % 2)))

    ours = next(one for one in told["rankings"] if one["name"] == "rollcall")
    assert 0.75 < ours["forecast_over_actual"] < 1.25
    assert 0.75 < told["fleet_over_actual"] < 1.25


def test_the_fleet_s_earlier_forecasts_stand_beside_its_level(found: Callable[..., Found]) -> None:
    told = found(_units(), _events(lambda _: 3.0))

    assert [one["days_ago"] for one in told["past"]] == [180, 210, 240, 270, 300, 330, 360]
    assert all(0.8 < one["foretold"] / one["came"] < 1.25 for one in told["past"])
