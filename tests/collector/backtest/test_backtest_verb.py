"""`rollcall backtest` reads anyone's files, names the wrong line, and prints a table that can be checked."""

import argparse
import json
from pathlib import Path

import pytest

from rollcall_collector.cli.backtest import VERBS
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import RecordsError
from tests.support.require import shared_data


def _run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    (verb,) = VERBS
    verb.configure(parser)
    return verb.run(parser.parse_args(arguments), CollectorSettings())


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    units, events = tmp_path / "units.csv", tmp_path / "events.csv"
    lines = [
        f"d{one},{'A' if one % 2 else 'B'},2020-01-0{1 + one % 9},{'' if one else '2023-01-01'}" for one in range(80)
    ]
    units.write_text("\n".join(["unit,model,start,end", *lines, ""]))
    failures = [f"d{one % 8},202{1 + one % 3}-0{1 + one % 9}-1{one % 9}T08:00:00Z" for one in range(300)]
    events.write_text("\n".join(["unit,time", *failures, "stranger,2021-01-01 00:00:00", ""]))
    return units, events


def _both(files: tuple[Path, Path]) -> list[str]:
    return ["--units", str(files[0]), "--events", str(files[1])]


def test_the_published_set_prints_its_table(capsys) -> None:
    folder = shared_data()
    cuts = [word for cut in ("2003-09-09", "2004-03-09", "2004-09-09") for word in ("--at", cut)]

    status = _run(
        "--units", str(folder / "lanl_units.csv"), "--events", str(folder / "lanl_events.csv"),
        *cuts, "--where", "model=cpu2x4,cpu4x2,cpu8x2",
    )  # fmt: skip

    printed = capsys.readouterr().out
    mean = printed.split("Mean of all dates")[1].split("Failures found")[0]
    rows = {line[:18].strip(): line[18:].split() for line in mean.splitlines() if "  " in line}
    assert status == 0
    assert float(rows["rollcall"][0]) >= 5.8
    assert float(rows["rollcall"][1]) >= 2.9
    assert 0.9 <= float(rows["rollcall"][3]) <= 1.2
    assert 0.6 <= float(rows["oldest first"][1]) <= 0.8
    assert printed.count("replace (5% wrong at most)") == 3


def test_json_holds_every_date_and_the_mean(files, capsys) -> None:
    status = _run(*_both(files), "--at", "2022-06-01", "--at", "2023-06-01", "--horizon", "180", "--json")

    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert status == 0
    assert [one["at"] for one in found["dates"]] == ["2022-06-01", "2023-06-01"]
    assert [one["found"]["devices"] for one in found["dates"]] == [80, 79]
    assert set(found["mean"]) == {"rollcall", "ratio to peers", "oldest first", "raw count", "raw rate"}
    assert "'stranger'" in printed.err


def test_a_date_after_which_nothing_happened_has_no_lift(files, capsys) -> None:
    _run(*_both(files), "--at", "2030-06-01", "--json")
    found = json.loads(capsys.readouterr().out)
    _run(*_both(files), "--at", "2030-06-01")

    assert found["dates"][0]["found"]["failures"] == 0
    assert found["mean"]["rollcall"]["lift"] == [None, None, None]
    printed = capsys.readouterr().out
    assert "No failure followed 2030-06-01: there is nothing to compare with." in printed
    assert "nan" not in printed


def test_units_and_failures_can_be_filtered(files, capsys) -> None:
    _run(*_both(files), "--at", "2022-06-01", "--where", "model=A", "--events-where", "unit=d1,d2*", "--json")

    printed = capsys.readouterr()
    assert json.loads(printed.out)["dates"][0]["found"]["devices"] == 40
    assert "40 units" in printed.err


@pytest.mark.parametrize(
    ("units", "events", "says"),
    [
        ("unit,start\na,2020-01-01\n", "unit,when\na,2020\n", r"events.csv line 1: the column 'time' is missing"),
        ("unit,start\na,01.02.2020\n", "unit,time\n", r"units.csv line 2: start '01.02.2020' is not a date"),
        ("unit,start\na,2020-01-01\na,2020-01-01\n", "unit,time\n", r"units.csv line 3: unit 'a' stands here"),
        ("unit,start,end\na,2020-01-01,2019-01-01\n", "unit,time\n", r"line 2: unit 'a' ends before it starts"),
        ("unit,start\na\n", "unit,time\n", r"units.csv line 2: not as many fields"),
        ("unit,start\n,2020-01-01\n", "unit,time\n", r"units.csv line 2: the column 'unit' is empty"),
        ("unit,start\n", "unit,time\n", r"no unit is left to judge"),
        ("", "unit,time\n", r"the column 'unit' is missing; the file has nothing"),
        ("unit,start\na,2020-01-01\n", "unit,time\na,2020-01-01\na,noon\n", r"events.csv line 3: time 'noon'"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, units: str, events: str, says: str) -> None:
    (tmp_path / "units.csv").write_text(units)
    (tmp_path / "events.csv").write_text(events)

    with pytest.raises(RecordsError, match=says):
        _run(*_both((tmp_path / "units.csv", tmp_path / "events.csv")), "--at", "2021-01-01")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--at", "1999-01-01"], "no unit is in service on 1999-01-01"),
        (["--at", "2021-01-01", "--horizon", "0"], "must be above zero"),
        (["--at", "2021-01-01", "--where", "model"], "write column=value"),
        (["--at", "2021-01-01", "--where", "colour=red"], "the column 'colour' is missing"),
        (["--at", "2021-01-01", "--where", "model=Z"], "the filter passes none"),
        (["--at", "2021-01-01", "--cohort", "model,year"], "the column 'year' is missing"),
    ],
)
def test_a_wrong_wish_is_answered_with_the_way_out(files, more: list[str], says: str) -> None:
    with pytest.raises(RecordsError, match=says):
        _run(*_both(files), *more)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path, files) -> None:
    with pytest.raises(RecordsError, match=r"cannot read .*nowhere\.csv"):
        _run("--units", str(tmp_path / "nowhere.csv"), "--events", str(files[1]), "--at", "2021-01-01")
