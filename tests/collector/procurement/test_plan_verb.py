"""`rollcall plan`, as a buyer types it."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from rollcall_collector.cli import main
from rollcall_collector.config import read_settings
from tests.support.fleets.planned import DISK, WORN, Planned, claimed, unreliable
from tests.support.identities import new_store

Say = Callable[..., str]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    folder = tmp_path / "var"
    folder.mkdir()
    engine = new_store(folder)
    yield engine
    engine.dispose()


@pytest.fixture
def fleet(store: Engine) -> None:
    """A judged fleet: two unreliable devices, a worn battery, a disk under warranty."""
    with store.begin() as connection:
        planned = Planned(connection=connection)
        planned.judging()
        planned.device("bad", unreliable(12), failed=12, starts=None)
        planned.device("less", unreliable(8), failed=8, site="Elm")
        planned.device("worn", WORN)
        planned.device("disk", claimed(DISK))


@pytest.fixture
def say(tmp_path: Path, store: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Types a command and returns what it printed; `status` is the exit status it must end with."""
    monkeypatch.setenv("ROLLCALL_FOLDER", str(tmp_path / "var"))
    monkeypatch.setenv("ROLLCALL_PRICES__BATTERY_SWAP", "45")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("ROLLCALL_DATABASE", raising=False)
    monkeypatch.delenv("ROLLCALL_CONFIG", raising=False)

    def typed(*words: str, status: int = 0) -> str:
        ended = main(words)
        said = capsys.readouterr()
        assert ended == status, said
        return said.out + (said.err if status else "")

    return typed


def test_the_plan_says_what_to_do_for_how_much_and_why(say: Say, fleet: None) -> None:
    said = say("plan", "--budget", "400")

    lines = said.splitlines()
    assert lines[0].startswith("1 to replace, 1 to repair, 1 to claim: 345 of 400, ")
    assert any(line.startswith("Claim: disk ") and " disk " in line for line in lines)
    assert any(line.startswith("Repair: battery  worn") and "  45 " in line for line in lines)
    assert "bad: Replace it: 12 crashes in 200 days of use" in said
    assert "Just outside stands less (replace, 300): 245 more would buy it." in said
    assert "Its minutes leave out waiting for its starts" in " ".join(said.split())
    assert any(line.startswith("oldest first") for line in lines)
    assert any(line.startswith("2030 ") for line in lines)
    assert max(map(len, lines)) <= 130


def test_sites_floors_caps_and_another_rule_can_be_asked_for(say: Say, fleet: None) -> None:
    elm = json.loads(say("plan", "--budget", "400", "--site", "Elm", "--json"))
    floor = json.loads(say("plan", "--budget", "345", "--floor", "Elm=300", "--cap", "Oak=100", "--json"))
    strict = json.loads(say("plan", "--budget", "4000", "--threshold", "4", "--wrong-share", "0.01", "--json"))

    assert [row["device"]["asset_tag"] for row in elm["chosen"]] == ["less"]
    assert {row["device"]["asset_tag"] for row in floor["chosen"]} == {"less", "worn"}
    assert floor["question"]["bounds"] == [
        {"site": "Elm", "floor": 300.0, "cap": None},
        {"site": "Oak", "floor": 0.0, "cap": 100.0},
    ]
    assert {row["device"]["asset_tag"] for row in strict["chosen"]} == {"worn"}


def test_the_plan_is_written_as_the_file_is_named(say: Say, fleet: None, tmp_path: Path) -> None:
    files = [tmp_path / f"plan.{kind}" for kind in ("xlsx", "csv", "html")]

    said = [say("plan", "--budget", "400", "--out", str(file)) for file in files]

    assert all(f"Written to {file}" in one for one, file in zip(said, files, strict=True))
    assert json.loads(say("plan", "--budget", "400", "--out", str(files[1]), "--json"))["cost"] == 345
    assert load_workbook(files[0])["Plan"].max_row == 4
    assert len(list(csv.DictReader(io.StringIO(files[1].read_text())))) == 4
    assert files[2].read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--out", "plan.pdf"), "let its name end in .csv, .html, .xlsx"),
        (("--out", "nowhere/plan.csv"), "cannot be written"),
        (("--site", "Ash"), "sites are Elm, Oak"),
        (("--floor", "Elm"), "like 'Oak School=5000'"),
        (("--cap", "Elm=much"), "'much' is not clear as an amount"),
        (("--floor", "Elm=1", "--floor", "Elm=2"), "two floors"),
        (("--floor", "Elm=350"), "costs 300: lower the floor"),
        (("--wrong-share", "5"), "0.05 is one in twenty"),
        (("--threshold", "0"), "above zero"),
    ],
)
def test_what_cannot_be_answered_is_told_the_way_out(say: Say, fleet: None, words: tuple[str, ...], told: str) -> None:
    said = say("plan", "--budget", "400", *words, status=2)

    assert told in said


def test_an_empty_store_says_what_to_do_first(say: Say) -> None:
    said = say("plan", "--budget", "400")

    assert said.startswith("nothing to buy: 0 of 400")
    assert "run `rollcall judge`" in said
    assert "Nothing asks for money now" in said


def test_an_amount_that_is_none_is_told_so(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        say("plan", "--budget", "4,00,000")

    assert "'4,00,000' is not clear as an amount of money: write it like 40000" in capsys.readouterr().err


def test_the_settings_become_minutes_prices_and_years(tmp_path: Path) -> None:
    file = tmp_path / "rollcall.toml"
    file.write_text(
        "[minutes]\ncrash = 12\n[prices]\ndisk_swap = 70\nresale = 0.1\nreplacement_ipados = 329\nplanned_life_years = 5\n"
    )

    chosen, usual = read_settings(file).plan, read_settings(None).plan

    assert (chosen.minutes.crash, chosen.prices.disk_swap, chosen.prices.resale) == (12, 70, 0.1)
    assert (chosen.prices.replacement("ipados"), chosen.prices.replacement("windows")) == (329, None)
    assert chosen.prices.planned_life_years == 5
    assert usual == type(usual)()
