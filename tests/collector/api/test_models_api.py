"""What to buy again, for programs and at the command line: the same report, sorted, with null for the unknown."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from rollcall_collector.api.app import API
from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.cli import main
from rollcall_collector.cli.models import WIDE, draw
from rollcall_collector.judge.models.advice import mark_ongoing, say_struck
from rollcall_collector.model.hardware import ModelReport, Struck
from tests.support.browsing import Served, serving
from tests.support.fleets.reported import FORMULA, HOSTILE, keep_report, make_report
from tests.support.identities import new_store

Say = Callable[..., str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("models"), is_seeded=False) as running:
        with running.engine.begin() as connection:
            keep_report(connection)
        yield running


@pytest.fixture(scope="module")
def models() -> dict[str, ModelReport]:
    return {one.model: one for one in make_report()}


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Types `rollcall models` and returns what it printed, on a store with the report."""
    monkeypatch.setenv("ROLLCALL_FOLDER", str(tmp_path))
    monkeypatch.delenv("ROLLCALL_DATABASE", raising=False)
    engine = new_store(tmp_path)
    with engine.begin() as connection:
        keep_report(connection)
    engine.dispose()

    def typed(*words: str) -> str:
        capsys.readouterr()
        assert main(("models", *words)) == 0
        return capsys.readouterr().out

    return typed


def _read(served: Served, address: str) -> httpx.Response:
    cookies = {COOKIE_PLAIN: served.sessions["viewer"]}
    return httpx.get(f"{served.url}{API}{address}", cookies=cookies, timeout=20)


def _struck(from_on: date, until_on: date, model: str = "A") -> Struck:
    return Struck(
        channel="crash",
        platform="windows",
        model=model,
        from_on=from_on,
        until_on=until_on,
        devices=6,
        incidents=7,
        usual=0.0,
        version=None,
    )


def test_the_api_gives_the_report_with_its_judging_and_what_struck(served: Served) -> None:
    told = _read(served, "/models").json()

    good = told["models"][1]
    assert told["judged_at"] == "2026-01-01T02:30:00Z"
    assert [one["model"] for one in told["models"]] == [FORMULA, "Good", "Usual", "Bad", "iPad", HOSTILE]
    assert (good["advice"], good["record"]["incidents"], len(good["batches"])) == ("buy_again", 10, 1)
    assert told["shocks"][0]["version"] == "24H2"


def test_what_an_ipad_does_not_tell_is_null_and_never_zero(served: Served) -> None:
    (pad,) = _read(served, "/models?platform=ipados").json()["models"]

    record = pad["record"]
    assert {record[name] for name in ("starts", "rate", "incidents", "batteries", "ageing")} == {None}
    assert pad["advice"] == "insufficient"


def test_a_platform_is_chosen_and_an_unknown_one_is_an_error(served: Served) -> None:
    windows = _read(served, "/models?platform=windows").json()
    wrong = _read(served, "/models?platform=amiga")

    assert {one["platform"] for one in windows["models"]} == {"windows"}
    assert (wrong.status_code, wrong.json()["error"]) == (422, "wrong_shape")


def test_the_command_line_draws_intervals_and_puts_the_insufficient_last(say: Say) -> None:
    lines = say().splitlines()

    table = lines[1:7]
    assert [re.split(r"  +", line)[1] for line in table] == [FORMULA, "Good", "Usual", "Bad", "iPad", HOSTILE]
    assert re.search(r"buy again +4\.0 +2\.3 +6\.5 +\[-*o-*\] +\|", table[1])
    assert "8 of 100 devices and 480 of 10\u202f000 days of use" in table[5]
    assert any(line.startswith("Bad: Ask the vendor: 22 incidents a school year in 100 devices") for line in lines)
    assert any("since version 24H2. Not charged to the devices" in line for line in lines)


def test_batches_stand_below_their_model_when_asked_for(say: Say) -> None:
    without, with_batches = say("--platform", "windows"), say("--platform", "windows", "--batches")

    assert "bought" not in without
    assert re.search(r"bought 2021 +above other years", with_batches)
    assert re.search(r"bought 2024 +below other years", with_batches)
    assert "year unknown" in with_batches
    assert FORMULA not in with_batches


def test_programs_get_everything_as_json(say: Say) -> None:
    told = json.loads(say("--json", "--platform", "windows"))

    assert [one["model"] for one in told["models"]] == ["Good", "Usual", "Bad", HOSTILE]
    assert told["models"][0]["record"]["starts"]["median_seconds"] == 35


def test_without_a_judging_the_command_says_what_to_do(tmp_path: Path, say: Say, monkeypatch) -> None:
    monkeypatch.setenv("ROLLCALL_FOLDER", str(tmp_path / "new"))

    assert "rollcall judge" in say()


def test_an_interval_is_drawn_to_scale_with_the_rate_it_is_compared_with(models: dict[str, ModelReport]) -> None:
    record = replace(models["Good"].record, low=0.2, rate=0.4, high=0.6)

    drawn = draw(record, 1.0, 0.8)

    places = [round(share * (WIDE - 1)) for share in (0.2, 0.4, 0.6, 0.8)]
    assert len(drawn) == WIDE
    assert [drawn[place] for place in places] == ["[", "o", "]", "|"]
    assert draw(models["iPad"].record, 1.0, None) == ""


def test_a_shock_goes_on_until_a_calmer_month_follows() -> None:
    until = date(2026, 1, 1)
    last = _struck(date(2025, 12, 2), until)
    before = _struck(date(2025, 11, 2), date(2025, 12, 2))
    passed = _struck(date(2025, 9, 3), date(2025, 10, 3))
    elsewhere = _struck(date(2025, 11, 2), date(2025, 12, 2), model="B")

    marked = mark_ongoing((last, before, passed, elsewhere), until)

    assert [one.goes_on for one in marked] == [True, True, False, False]
    assert "2 Dec to 31 Dec 2025: 6 of its devices crashed 7 times where none is usual." in say_struck(marked[0])
    assert "it counts in the model's rate while it goes on" in say_struck(marked[0])
    assert "this month is left out of its rate" in say_struck(marked[2])
