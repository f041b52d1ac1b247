"""A buyer's question survives its address, and a plan is said without false precision."""

import re
from dataclasses import replace
from datetime import date

import pytest
from starlette.datastructures import QueryParams

from rollcall_collector.model.device import Device
from rollcall_collector.model.plan import Comparison, FleetPlan, KeyedPlan, ListedKey, PlanQuestion, PlanRow
from rollcall_collector.model.wording import say_money
from rollcall_collector.procurement.wording import say_minutes
from rollcall_dashboards.pages.replace.query import PlanAsked, plan_address, read_plan_asked, slider, to_question
from rollcall_dashboards.pages.replace.wording import draw_comparisons, listed, say_plan, shown

ADDRESSED = (
    "budget=4%20200,50&site=Oak+%26+Elm&site=No&wrong=10&threshold=2&least+Ash=10&most+Ash=99.5&least+No=3&page=2"
)


def test_a_plans_question_survives_its_address() -> None:
    known = ("Ash", "Oak & Elm")

    asked = read_plan_asked(QueryParams(ADDRESSED), known)

    assert asked == PlanAsked(
        budget=4200.5,
        sites=("Oak & Elm",),
        threshold=2,
        wrong_percent=10,
        floors={"Ash": 10},
        caps={"Ash": 99.5},
    )
    again = QueryParams(plan_address(asked).partition("?")[2])
    assert read_plan_asked(again, known) == asked
    assert plan_address(PlanAsked()) == "/replace"
    question = to_question(asked, 4200.5)
    assert (question.wrong_share, question.threshold, question.bounds[0].cap) == (0.1, 2, 99.5)


@pytest.mark.parametrize("budget", ["", "lots", "-3", "nan", "inf", "1e99"])
def test_an_amount_that_is_none_is_left_out(budget: str) -> None:
    assert read_plan_asked(QueryParams({"budget": budget}), ()).budget is None


@pytest.mark.parametrize(
    ("total", "budget", "most", "step"),
    [(1408, 800, 1420, 20), (0, 0, 100, 1), (1_000_000, 5, 1_000_000, 10_000), (316, 400, 400, 5), (101, 0, 102, 2)],
)
def test_the_slider_reaches_everything_in_round_steps(total: float, budget: float, most: float, step: float) -> None:
    found = slider(total, budget)

    assert (found.most, found.step) == (most, step)


def test_money_and_minutes_are_said_without_false_precision() -> None:
    assert [say_money(one) for one in (4200, 349.5, 0)] == ["4\u202f200", "349.50", "0"]
    assert [say_minutes(one) for one in (1649.4, 6.94, 0)] == ["1\u202f649", "6.9", "0"]
    assert not re.search(r"\.0$", say_minutes(27.0))


def _plan(chosen: int, outside: int = 0) -> FleetPlan:
    row = PlanRow(
        key=1,
        device=Device(device=1, device_id="d-1"),
        step="replace",
        part=None,
        cost=100.0,
        minutes_yearly=10.0,
        minutes=30.0,
        flag=1,
        flag_state="open",
        finding="unreliable",
        sentence="Replace it.",
        evidence={},
        probability=0.97,
    )
    return FleetPlan(
        question=PlanQuestion(budget=100.0 * chosen),
        made_on=date(2026, 11, 24),
        run=1,
        is_enough=True,
        chosen=(row,) * chosen,
        outside=(row,) * outside,
        claims=(),
        refreshes=(),
        unpriced=(),
        cost=100.0 * chosen,
        minutes=30.0 * chosen,
        comparisons=(),
        outlook=(),
        lists={},
    )


def test_a_long_plan_shows_its_beginning_and_its_end_at_the_line_unless_all_is_asked() -> None:
    long, whole, short = (
        shown(_plan(chosen, 60), is_whole=is_whole) for chosen, is_whole in ((500, False), (500, True), (38, False))
    )

    assert (len(long.first), long.skipped, len(long.last)) == (25, 467, 8)
    assert (len(long.outside), long.beyond) == (12, 48)
    assert (len(whole.first), whole.skipped, len(whole.last), len(whole.outside)) == (500, 0, 0, 60)
    assert (len(short.first), short.skipped, len(short.last)) == (38, 0, 0)


def test_of_a_long_replace_list_the_first_names_are_shown_unless_all_are_asked() -> None:
    names = tuple(ListedKey(key=key, place="replace", by_chance=0.01) for key in range(500))
    plan: KeyedPlan = replace(_plan(1), listed=names)  # type: ignore[arg-type]

    few, every = (listed(plan, is_whole=is_whole) for is_whole in (False, True))

    assert [one.key for one in few] == list(range(60))
    assert every == plan.listed
    assert listed(replace(plan, listed=plan.listed[:65]), is_whole=False) == plan.listed[:65]


@pytest.mark.parametrize(
    ("plan", "is_asked", "said"),
    [
        (_plan(1), True, "1 device to replace, within 100"),
        (_plan(1200), False, "1\u202f200 devices to replace: 120\u202f000 in all"),
        (_plan(0), True, "Nothing to replace, repair or claim"),
        (_plan(0, 3), True, "Nothing of what is proposed fits within 0"),
    ],
)
def test_a_plan_is_said_in_one_line(plan: FleetPlan, is_asked: bool, said: str) -> None:
    assert say_plan(plan, is_asked=is_asked) == said


def test_other_ways_to_spend_the_same_money_are_drawn_beside_the_plan_on_one_scale() -> None:
    bars = draw_comparisons(
        [
            Comparison(name="this plan", devices=3, cost=900, minutes=400),
            Comparison(name="oldest first", devices=2, cost=800, minutes=100),
        ]
    )

    assert [bar.name for bar in bars] == ["This plan", "Oldest first"]
    assert ['width="100.0%"' in bars[0].drawn, 'width="25.0%"' in bars[1].drawn] == [True, True]
