"""Offers: how long a device would serve, and who is chosen, who stands just outside."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall_collector.procurement.knapsack import SiteRule
from rollcall_collector.procurement.offers import (
    Bought,
    Choice,
    Offer,
    as_columns,
    choose_among,
    life_end,
    years_served,
)

TODAY = date(2026, 3, 4)


def _offer(device: int, cost: float, minutes: float, site: int = 1) -> Offer:
    return Offer(device=device, site=site, cost=cost, minutes=minutes)


@pytest.mark.parametrize(
    ("support_until", "purchased_on", "years"),
    [
        (date(2029, 3, 4), date(2025, 3, 4), 3.0),
        (date(2035, 3, 4), date(2024, 3, 4), 4.0),
        (None, date(2024, 3, 4), 4.0),
        (date(2029, 3, 4), None, 3.0),
        (date(2026, 9, 1), date(2025, 3, 4), 1.0),
        (date(2024, 1, 1), date(2015, 1, 1), 1.0),
        (None, None, 3.0),
    ],
    ids=["support first", "life first", "no support", "no purchase", "one at least", "past both", "neither"],
)
def test_a_device_serves_until_its_first_end(
    support_until: date | None, purchased_on: date | None, years: float
) -> None:
    found = years_served(TODAY, support_until=support_until, purchased_on=purchased_on, planned_life_years=6)

    assert found == pytest.approx(years, abs=0.01)


def test_a_planned_life_that_began_on_a_leap_day_ends_on_a_day_there_is() -> None:
    assert life_end(date(2024, 2, 29), 6) == date(2030, 2, 28)
    assert life_end(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert life_end(None, 6) is None


def test_the_money_goes_where_it_wins_most_and_the_marginal_stands_first_outside() -> None:
    offers = [_offer(1, 300, 600), _offer(2, 300, 900), _offer(3, 300, 450), _offer(4, 300, 150), _offer(5, 300, 0)]

    choice = choose_among(as_columns(offers), budget=650)

    assert choice == Choice(chosen=(1, 0), outside=(2, 3, 4))


def test_of_a_device_outside_its_best_offer_is_shown_once() -> None:
    offers = [_offer(1, 60, 500), _offer(2, 300, 400), _offer(2, 60, 240), _offer(2, 500, 410)]

    choice = choose_among(as_columns(offers), budget=100)

    assert choice == Choice(chosen=(0,), outside=(2,))


def test_one_unit_of_money_more_changes_only_the_margin() -> None:
    offers = [_offer(device, 300, 1000 - 10 * device) for device in range(20)]

    just_short, just_enough = (
        choose_among(as_columns(offers), budget=2_999),
        choose_among(as_columns(offers), budget=3_000),
    )

    assert set(just_enough.chosen) - set(just_short.chosen) == {just_short.outside[0]}
    assert set(just_short.chosen) < set(just_enough.chosen)


def test_a_floor_brings_money_to_a_site_that_would_get_none() -> None:
    offers = [_offer(1, 300, 900, site=1), _offer(2, 300, 800, site=1), _offer(3, 300, 100, site=2)]

    free = choose_among(as_columns(offers), budget=600)
    bound = choose_among(as_columns(offers), budget=600, rules=[SiteRule(site=2, floor=300)])

    assert set(free.chosen) == {0, 1}
    assert set(bound.chosen) == {0, 2}


def test_beside_the_choice_stands_what_another_order_buys_for_no_more_money() -> None:
    offers = [_offer(1, 300, 10), _offer(2, 900, 900), _offer(3, 300, 20)]

    choice = choose_among(as_columns(offers), budget=1_000, rivals=[[3, 2, 1]])

    assert choice.chosen == (1,)
    assert choice.rivals == (Bought(devices=2, cost=600, minutes=30),)
    assert choose_among(as_columns([]), budget=700, rivals=[[]]).rivals == (Bought(devices=0, cost=0, minutes=0),)


def test_without_offers_nothing_is_chosen() -> None:
    assert choose_among(as_columns([]), budget=1_000) == Choice(chosen=(), outside=())


@settings(deadline=None)
@given(
    offered=st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 400), st.integers(0, 500), st.integers(0, 5)), max_size=20
    ),
    budget=st.integers(0, 1500),
)
def test_no_simple_order_wins_more_of_the_same_offers_for_what_the_plan_spends(
    offered: list[tuple[int, int, int, int]], budget: int
) -> None:
    offers = [Offer(device=device, site=0, cost=cost, minutes=won) for device, cost, won, _ in offered]
    scores = [[float(age) for *_, age in offered], [-float(cost) for _, cost, _, _ in offered]]

    choice = choose_among(as_columns(offers), budget=budget, rivals=scores)
    chosen = [offers[place] for place in choice.chosen]

    spent, won = sum(one.cost for one in chosen), sum(one.minutes for one in chosen)
    assert spent <= budget
    assert len(choice.rivals) == len(scores)
    assert all(one.minutes <= won and one.cost <= spent for one in choice.rivals)
