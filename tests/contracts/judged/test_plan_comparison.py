"""The plan beside its rivals on made-up fleets: never beaten for the same money, never compared without prices."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import Engine

from rollcall_collector.model.plan import FleetPlan, PlanQuestion
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.plan import make_plan
from rollcall_collector.procurement.prices import PlanSettings, Prices
from tests.support.fleets.planned import DISK, ENDING, NOW, SETTINGS, TODAY, WORN, Planned, claimed, unreliable

BUDGETS = (0, 45, 333.33, 1_000, 2_000, 8_000, 40_000, 1e9)
EVERYTHING = 1e9


@pytest.fixture
def fleet(engine: Engine) -> Iterator[Planned]:
    with engine.begin() as connection:
        yield Planned(connection=connection)


def _plan(fleet: Planned, budget: float, settings: PlanSettings = SETTINGS) -> FleetPlan:
    return make_plan(fleet.connection, Scope.all(), PlanQuestion(budget=budget), settings=settings, now=NOW)


def _fill(fleet: Planned, seed: int, devices: int = 30) -> None:
    """Devices of all ages and prices with everything that can stand against them, one or two of it each."""
    random = Random(seed)
    fleet.judging()
    for number in range(devices):
        failed = random.randrange(2, 20)
        kinds = [unreliable(failed), WORN, DISK, claimed(DISK), ENDING]
        first, second = random.sample(kinds, 2)
        findings = [first] if random.random() < 0.6 else [first, second]
        if len({one.finding for one in findings}) < len(findings):
            findings = [first]
        fleet.device(
            f"d{number}",
            *findings,
            failed=failed,
            starts=(random.uniform(20, 90), 40.0, random.uniform(50, 300)),
            price=round(random.uniform(90, 900), 2),
            purchased_on=None if random.random() < 0.1 else TODAY - timedelta(days=random.randrange(200, 3000)),
            support_until=TODAY + timedelta(days=random.randrange(-400, 2500)),
        )


@pytest.mark.reckoning
@pytest.mark.parametrize("seed", range(6))
def test_at_no_budget_wins_another_order_more_for_what_the_plan_spends(fleet: Planned, seed: int) -> None:
    _fill(fleet, seed)

    plans = [_plan(fleet, budget) for budget in BUDGETS]

    for plan in plans:
        ours, *rivals = plan.comparisons
        assert ours.cost == pytest.approx(plan.cost, abs=0.01)
        assert plan.cost <= plan.question.budget
        assert len(rivals) == 2
        assert [one.name for one in rivals if one.cost > plan.cost + 0.01] == []
        assert [one.name for one in rivals if one.minutes > ours.minutes] == []
    won = [plan.comparisons[0].minutes for plan in plans]
    assert won[-1] == max(won)


@pytest.mark.reckoning
def test_where_a_price_is_missing_nothing_is_compared_at_any_budget(fleet: Planned) -> None:
    _fill(fleet, seed=3)
    without_disk = PlanSettings(minutes=SETTINGS.minutes, prices=Prices(battery_swap=45, repair=80))
    without_any = PlanSettings(minutes=SETTINGS.minutes, prices=Prices())

    for settings in (without_disk, without_any):
        for budget in BUDGETS:
            plan = _plan(fleet, budget, settings)
            assert plan.unpriced != ()
            assert plan.comparisons == ()


@pytest.mark.reckoning
@pytest.mark.parametrize("budget", BUDGETS)
def test_what_is_left_is_offered_to_the_longest_out_of_support_and_fits(fleet: Planned, budget: float) -> None:
    _fill(fleet, seed=4, devices=60)

    plan = _plan(fleet, budget)

    rest = plan.with_the_rest
    ends = [row.device.support_until or date.max for row in rest]
    assert sum(row.cost or 0 for row in rest) <= budget - plan.cost + 0.01
    assert ends == sorted(ends)
    assert all(end < TODAY for end in ends)
    assert {row.device.name for row in rest}.isdisjoint(row.device.name for row in plan.chosen)
    assert bool(rest) == (budget >= 40_000)


@pytest.mark.reckoning
def test_everybody_on_the_replace_list_is_named_with_where_it_went(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("bad", unreliable(9), failed=9)
    fleet.device("disk_says_it_better", DISK, failed={"storage": 9})
    fleet.device("owed", claimed(unreliable(9)), failed=9)
    fleet.device("dismissed", unreliable(9), failed=9, state="dismissed")

    plan = _plan(fleet, EVERYTHING)

    assert plan.lists["replace"] == len(plan.listed) == 4
    assert {one.device.name: one.place for one in plan.listed} == {
        "bad": "replace",
        "disk_says_it_better": "repair",
        "owed": "claim",
        "dismissed": "dismissed",
    }
    assert all(0 < one.by_chance < 0.05 for one in plan.listed)
