"""The plan over the API: the same answer as the verb's, to who is signed in, with the way out of every error."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rollcall_collector.api.app import API
from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.identity.people import Role
from rollcall_collector.judge.forecast_record import ForecastRecord, PastForecast
from rollcall_collector.judging.forecasts import keep_forecasts
from tests.support.browsing import PRICES, Served, serving
from tests.support.fleets.planned import Planned, claimed, unreliable


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("plan"), is_seeded=False) as running:
        with running.engine.begin() as connection:
            planned = Planned(connection=connection)
            planned.judging()
            price = 300 - (PRICES.labour or 0)  # with the work a replacement costs 300
            planned.device("bad", unreliable(12), failed=12, price=price)
            planned.device("less", unreliable(8), failed=8, site="Elm & Sons=1", price=price)
            planned.device("dear", unreliable(7), failed=7, price=None)
            planned.device("owed", claimed(unreliable(9)), failed=9)
        yield running


def _ask(served: Served, role: Role | None = "viewer", **words: Any) -> httpx.Response:
    cookies = {} if role is None else {COOKIE_PLAIN: served.sessions[role]}
    with httpx.Client(base_url=f"{served.url}{API}", cookies=cookies, timeout=20) as client:
        return client.get("/plan", params=words)


def test_of_each_part_so_many_rows_are_told_as_were_asked_for_and_all_are_counted(served: Served) -> None:
    few, all_of_them = _ask(served, budget=600, rows=1).json(), _ask(served, budget=600).json()

    parts = [part for part, count in few["counts"].items() if count]
    assert {part: len(few[part]) for part in parts} == dict.fromkeys(parts, 1)
    assert {part: len(all_of_them[part]) for part in all_of_them["counts"]} == few["counts"] == all_of_them["counts"]
    assert few["counts"]["listed"] > 1 < few["counts"]["chosen"]
    assert (few["cost"], few["minutes"]) == (all_of_them["cost"], all_of_them["minutes"])
    assert _ask(served, budget=600, rows=-1).status_code == 422


def test_nobody_reads_a_plan_without_signing_in(served: Served) -> None:
    answer = _ask(served, None, budget=300)

    assert (answer.status_code, answer.json()["error"]) == (401, "not_signed_in")


def test_a_plan_is_answered_in_the_words_of_the_model(served: Served) -> None:
    plan = _ask(served, budget=300).json()

    (row,) = plan["chosen"]
    assert (row["step"], row["part"], row["cost"], row["flag_state"]) == ("replace", None, 300, "open")
    assert row["device"]["name"] == "bad"
    assert "device" not in row["device"]
    assert row["minutes"] > row["minutes_yearly"] > 0
    assert [one["device"]["name"] for one in plan["outside"]] == ["less"]
    assert [one["device"]["name"] for one in plan["claims"]] == ["owed"]
    assert [(one["device"]["name"], one["cost"]) for one in plan["unpriced"]] == [("dear", None)]
    assert (plan["cost"], plan["made_on"], plan["is_enough"]) == (300, "2026-11-24", True)
    assert plan["comparisons"] == []  # a price is missing
    assert row["cost_per_hour"] == pytest.approx(60 * 300 / row["minutes"], rel=0.01)
    assert (row["is_worth"], plan["lesson_hour"], plan["with_the_rest"]) == (True, 200, [])
    assert plan["question"]["budget"] == 300
    assert len(plan["outlook"]) == 5
    assert plan["lists"] == {"replace": 4, "watch": 0}


def test_a_budget_is_read_as_people_write_it(served: Served) -> None:
    budgets = [_ask(served, budget=written).json()["question"]["budget"] for written in ("€900", "0.9k", "9,00")]

    assert budgets == [900, 900, 9]


def test_sites_bounds_and_another_rule_are_taken_from_the_address(served: Served) -> None:
    site = _ask(served, budget=900, site="Elm & Sons=1").json()
    floor = _ask(served, budget=300, floor="Elm & Sons=1=300").json()
    strict = _ask(served, budget=900, threshold=4, wrong_share=0.01).json()

    assert [one["device"]["name"] for one in site["chosen"]] == ["less"]
    assert [one["device"]["name"] for one in floor["chosen"]] == ["less"]
    assert strict["chosen"] == []
    assert strict["lists"]["replace"] == 0


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        ({}, 422, "wrong_shape"),
        ({"budget": -1}, 422, "plan_impossible"),
        ({"budget": "4,00,000"}, 422, "plan_impossible"),
        ({"budget": 900, "site": "Ash"}, 404, "unknown_name"),
        ({"budget": 900, "floor": "Oak"}, 422, "plan_impossible"),
        ({"budget": 900, "floor": "Oak=901"}, 422, "plan_impossible"),
        ({"budget": 900, "threshold": -1}, 422, "plan_impossible"),
        ({"budget": 900, "wrong_share": 1}, 422, "plan_impossible"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_why(
    served: Served, words: dict[str, Any], status: int, error: str
) -> None:
    answer = _ask(served, **words)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "detail"}


def test_a_plan_is_read_and_nothing_is_changed_by_it(served: Served) -> None:
    before = _ask(served, budget=900).json()

    again = _ask(served, "technician", budget=900).json()

    assert before == again


def test_how_good_forecasts_were_is_told_with_the_plan(served: Served) -> None:
    past = (
        PastForecast(days_ago=180, foretold=150.0, came=200),
        PastForecast(days_ago=360, foretold=318.0, came=300),
    )
    before = _ask(served, budget=300).json()
    with served.engine.begin() as connection:
        keep_forecasts(connection, ForecastRecord(past=past, devices=10, undated=4))

    told = _ask(served, budget=300).json()["forecasts"]

    assert before["forecasts"] is None
    assert told["over_actual"] == {"180": 0.75, "360": 1.06}
    assert told["undated_share"] == 0.4
    assert told["said"].startswith("Made a year ago for the whole fleet")
