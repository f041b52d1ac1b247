"""A plan for a budget, on both databases: who competes, who does not, what is won back, and what nobody knows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, event

from rollcall_collector.errors import PlanError, UnknownNameError
from rollcall_collector.judge.arrays import DAYS_A_YEAR
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.plan import FleetPlan, PlanQuestion, PlanRow, SiteBounds
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.lost_minutes import TYPICAL_DAYS
from rollcall_collector.procurement.plan import make_plan
from rollcall_collector.procurement.prices import PlanSettings, Prices
from rollcall_collector.store.judged.flags import list_flags
from tests.support.fleets import judged_fleet
from tests.support.fleets.planned import (
    DISK,
    ENDING,
    NOW,
    SETTINGS,
    TODAY,
    WORN,
    Planned,
    claimed,
    judged,
    unreliable,
)

SHARE = TYPICAL_DAYS / DAYS_A_YEAR


@pytest.fixture
def fleet(engine: Engine) -> Iterator[Planned]:
    """An empty store to be filled; committed by `_plan`'s reader seeing the same connection."""
    with engine.begin() as connection:
        yield Planned(connection=connection)


def _plan(
    fleet: Planned, budget: float = 10_000, *, settings: PlanSettings = SETTINGS, **question: object
) -> FleetPlan:
    asked = PlanQuestion(budget=budget, **question)  # type: ignore[arg-type]  # a test's own words
    return make_plan(fleet.connection, Scope.all(), asked, settings=settings, now=NOW)


def _names(rows: tuple[PlanRow, ...]) -> list[str]:
    return [row.device.name for row in rows]


def _done(rows: tuple[PlanRow, ...]) -> list[tuple[str, str, str | None, float | None]]:
    return [(row.device.name, row.step, row.part, row.cost) for row in rows]


@pytest.mark.reckoning
def test_only_what_stands_competes_however_much_money_is_left(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("bad", unreliable(9), failed=9)
    fleet.device("agreed", unreliable(8), failed=8, state="accepted")
    fleet.device("watched", unreliable(5, listed="watch"), failed=5)
    fleet.device("rests", unreliable(9), failed=9, state="postponed")
    fleet.device("fine_they_say", unreliable(9), failed=9, state="dismissed")
    fleet.device("done", unreliable(9), failed=9, state="done")
    fleet.device("unnamed", failed=4)
    fleet.device("gone", unreliable(9), failed=9)
    fleet.retire("gone")

    plan = _plan(fleet)

    assert _done(plan.chosen) == [("bad", "replace", None, 300), ("agreed", "replace", None, 300)]
    assert (plan.outside, plan.claims, plan.refreshes, plan.unpriced) == ((), (), (), ())
    assert [row.flag_state for row in plan.chosen] == ["open", "accepted"]
    assert (plan.cost, plan.is_enough) == (600, True)


def test_a_rows_numbers_can_be_checked_by_hand(fleet: Planned) -> None:
    fleet.judging()
    key = fleet.device("bad", unreliable(9), failed=9, starts=(100.0, 40.0, 180.0))

    (row,) = _plan(fleet).chosen

    number = judged(key, "crash", 9)
    crashes = (number.forecast_yearly - number.forecast_yearly / number.ratio) * SHARE * 60
    years = (date(2030, 3, 4) - TODAY).days / DAYS_A_YEAR
    assert row.minutes_yearly == pytest.approx(crashes + 180 * 60 / 60, abs=0.06)
    assert row.minutes == pytest.approx((crashes + 180) * years, abs=0.06)
    assert (row.finding, row.unmeasured) == ("unreliable", ())
    assert row.sentence == unreliable(9).sentence
    assert row.probability == pytest.approx(number.probability, abs=1e-4)


@pytest.mark.reckoning
def test_a_devices_own_share_of_active_days_counts_once_it_was_watched_for_long(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("long", unreliable(9), failed=9, active_days=100)
    fleet.active("long", date(2025, 3, 5))
    fleet.device("new", unreliable(9), failed=9, active_days=20)
    fleet.active("new", date(2026, 2, 1))

    rows = {row.device.name: row for row in _plan(fleet).chosen}

    assert rows["long"].minutes_yearly == pytest.approx(rows["new"].minutes_yearly, abs=0.11)
    assert rows["long"].minutes_yearly == pytest.approx(
        (9 + 1.6) / (0.8 + 1.6) * (1 - 2.4 / 10.6) * 0.8 * 365.25 / 200 * 100 / 365 * 60, rel=0.01
    )


@pytest.mark.reckoning
def test_claims_come_first_and_cost_nothing(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("owed", claimed(unreliable(9)), failed=9, warranty_until=date(2027, 1, 1))
    fleet.device("disk", claimed(DISK))
    fleet.device("bad", unreliable(9), failed=9)

    plan = _plan(fleet, 0)

    assert _done(plan.claims) == [("owed", "claim", None, 0), ("disk", "claim", "disk", 0)]
    assert _names(plan.chosen) == []
    assert _names(plan.outside) == ["bad"]
    assert plan.cost == 0
    assert plan.minutes == pytest.approx(sum(row.minutes for row in plan.claims), abs=0.1)
    assert plan.comparisons[0].minutes == 0


@pytest.mark.reckoning
def test_what_is_due_by_its_date_takes_no_money(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("later", ENDING, support_until=date(2026, 12, 1))
    fleet.device(
        "sooner", ENDING, unreliable(9, support_until=date(2026, 6, 1)), failed=9, support_until=date(2026, 6, 1)
    )
    fleet.device("over", ENDING, WORN, support_until=date(2025, 6, 1))
    fleet.device("worn", ENDING, WORN, support_until=date(2026, 12, 1))

    plan = _plan(fleet)

    assert _names(plan.refreshes) == ["over", "sooner", "later", "worn"]
    assert {row.step for row in plan.refreshes} == {"replace"}
    assert _done(plan.chosen) == [("worn", "repair", "battery", 45)]
    assert plan.cost == 45


@pytest.mark.reckoning
def test_what_nobody_priced_is_weighed_by_nobody_and_never_free(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("bad", unreliable(9), failed=9, price=None)
    fleet.device("worn", WORN)

    unpriced = _plan(fleet, settings=replace(SETTINGS, prices=Prices()))
    priced = _plan(fleet, settings=replace(SETTINGS, prices=Prices(battery_swap=45, replacement_windows=520)))

    assert set(_done(unpriced.unpriced)) == {
        ("bad", "replace", None, None),
        ("worn", "repair", "battery", None),
    }
    assert (unpriced.chosen, unpriced.cost) == ((), 0)
    assert set(_done(priced.chosen)) == {("bad", "replace", None, 520), ("worn", "repair", "battery", 45)}
    assert priced.unpriced == ()


@pytest.mark.reckoning
def test_what_is_not_measured_adds_nothing_and_is_named(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("measured", unreliable(9), failed=9, starts=(100.0, 40.0, 180.0))
    fleet.device("tablet", unreliable(9), failed=9, starts=None)
    fleet.device("rarely", unreliable(9), failed=9, starts=(None, 40.0, 3.0))
    fleet.device("unheard", unreliable(9), starts=None, active_days=0)

    plan = _plan(fleet)

    rows = {row.device.name: row for row in (*plan.chosen, *plan.outside)}
    assert {name: row.unmeasured for name, row in rows.items()} == {
        "measured": (),
        "tablet": ("waiting",),
        "rarely": ("waiting",),
        "unheard": ("failures", "waiting"),
    }
    assert rows["measured"].minutes_yearly - rows["tablet"].minutes_yearly == pytest.approx(180, abs=0.11)
    assert rows["tablet"].minutes > 0
    assert "unheard" in _names(plan.outside)


@pytest.mark.reckoning
def test_two_parts_of_one_device_are_mended_on_one_visit(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("both", DISK, WORN)
    priced = replace(SETTINGS, prices=replace(SETTINGS.prices, labour=20))

    plan = _plan(fleet, settings=priced)
    tight = _plan(fleet, 70, settings=priced)

    assert _done(plan.chosen) == [("both", "repair", "disk and battery", 125)]
    assert plan.chosen[0].sentence == "Replace the disk. Replace the battery."
    assert _done(tight.chosen) == [("both", "repair", "battery", 65)]


@pytest.mark.reckoning
def test_floors_and_caps_are_kept(fleet: Planned) -> None:
    fleet.judging()
    for name, failed in (("o1", 14), ("o2", 13), ("o3", 12)):
        fleet.device(name, unreliable(failed), failed=failed, site="Oak")
    for name in ("e1", "e2"):
        fleet.device(name, unreliable(8), failed=8, site="Elm")

    free = _plan(fleet, 900)
    bound = _plan(fleet, 900, bounds=(SiteBounds(site="Elm", floor=600), SiteBounds(site="Oak", cap=300)))
    elm = _plan(fleet, 900, sites=("Elm",))

    assert {row.device.site for row in free.chosen} == {"Oak"}
    assert sorted(row.device.site or "" for row in bound.chosen) == ["Elm", "Elm", "Oak"]
    assert _names(bound.outside) == ["o2", "o3"]
    assert {row.device.site for row in (*elm.chosen, *elm.outside)} == {"Elm"}
    assert (len(elm.chosen), sum(elm.lists.values())) == (2, 2)


@pytest.mark.reckoning
@pytest.mark.parametrize(
    ("budget", "bounds", "said"),
    [
        (900, (SiteBounds(site="Oak", floor=5_000),), "above the budget"),
        (900, (SiteBounds(site="Oak", floor=500), SiteBounds(site="Elm", floor=500)), "floors come to"),
        (9_000, (SiteBounds(site="Oak", floor=5_000),), "costs 300: lower the floor"),
        (9_000, (SiteBounds(site="Elm", floor=50),), "nothing there asks for it"),
        (9_000, (SiteBounds(site="Oak", floor=200, cap=100),), "above its cap"),
        (9_000, (SiteBounds(site="Oak", floor=200, cap=250),), "raise the budget or lower a floor"),
        (-1, (), "zero or more"),
        (float("nan"), (), "zero or more"),
    ],
)
def test_a_question_that_contradicts_itself_is_told_the_way_out(
    fleet: Planned, budget: float, bounds: tuple[SiteBounds, ...], said: str
) -> None:
    fleet.judging()
    fleet.device("bad", unreliable(9), failed=9)
    fleet.device("fine", site="Elm")

    with pytest.raises(PlanError, match=said):
        _plan(fleet, budget, bounds=bounds)


@pytest.mark.reckoning
def test_an_unknown_site_is_told_which_there_are(fleet: Planned) -> None:
    fleet.device("bad", site="Oak")
    fleet.device("fine", site="Elm")

    with pytest.raises(UnknownNameError, match="'Ash': sites are Elm, Oak"):
        _plan(fleet, sites=("Ash",))
    with pytest.raises(PlanError, match="name it among the sites"):
        _plan(fleet, sites=("Oak",), bounds=(SiteBounds(site="Elm", floor=1),))


@pytest.mark.reckoning
def test_one_unit_of_money_moves_only_the_margin(fleet: Planned) -> None:
    fleet.judging()
    for number in range(8):
        fleet.device(f"d{number}", unreliable(8 + number), failed=8 + number)

    short, enough = _plan(fleet, 1_199), _plan(fleet, 1_200)

    assert _names(short.chosen) == ["d7", "d6", "d5"]
    assert _names(short.outside)[0] == "d4"
    assert _names(enough.chosen) == ["d7", "d6", "d5", "d4"]
    assert _names(enough.outside) == _names(short.outside)[1:]


@pytest.mark.reckoning
def test_another_rule_names_others_as_the_judging_would(fleet: Planned) -> None:
    run = fleet.judging()
    fleet.device("worst", unreliable(14), failed=14)
    fleet.device("bad", unreliable(7), failed=7)
    fleet.device("less", unreliable(4, listed="watch"), failed=4)
    fleet.device("unnamed", failed=3)
    fleet.device("dismissed", unreliable(14), failed=14, state="dismissed")
    fleet.device("worn", WORN)

    usual, strict, lax = _plan(fleet), _plan(fleet, threshold=3.5), _plan(fleet, wrong_share=0.3)

    assert set(_names(usual.chosen)) == {"worst", "bad", "worn"}
    assert usual.lists == {"replace": 3, "watch": 1}
    assert set(_names(strict.chosen)) == {"worst", "worn"}
    assert "over 3.5 times" in next(row.sentence for row in strict.chosen if row.device.name == "worst")
    assert strict.lists["replace"] == 2
    assert set(_names(lax.chosen)) == {"worst", "bad", "less", "unnamed", "worn"}
    states = {row.device.name: (row.flag > 0, row.finding) for row in lax.chosen}
    assert states["unnamed"] == (False, "unreliable")
    assert states["less"] == (True, "unreliable")
    assert lax.run == usual.run == run


@pytest.mark.reckoning
def test_the_fleets_own_rule_asked_for_changes_nothing(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("stays", unreliable(3), failed=3)
    fleet.device("bad", unreliable(9), failed=9)

    silent, spoken = _plan(fleet), _plan(fleet, threshold=1.5, wrong_share=0.05)

    assert silent.chosen == spoken.chosen
    assert silent.lists == spoken.lists == {"replace": 2, "watch": 0}


@pytest.mark.reckoning
def test_in_warranty_another_rule_sends_to_the_vendor_too(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("young", failed=4, warranty_until=date(2027, 1, 1))

    plan = _plan(fleet, wrong_share=0.3)

    assert _done(plan.claims) == [("young", "claim", None, 0)]
    assert plan.claims[0].sentence.startswith("Claim it from the vendor: the warranty runs until 1 Jan 2027.")


@pytest.mark.reckoning
def test_a_dying_disk_is_not_named_twice_by_another_rule(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("disk", DISK, failed={"storage": 9})

    plan = _plan(fleet, threshold=1.2)

    assert _done(plan.chosen) == [("disk", "repair", "disk", 60)]
    assert plan.chosen[0].finding == "failing_disk"


@pytest.mark.reckoning
def test_a_flexible_prior_answers_for_its_own_threshold_only(fleet: Planned) -> None:
    fleet.judging(shapes={"crash": None})
    fleet.device("bad", unreliable(9), failed=9)

    with pytest.raises(PlanError, match="leave the threshold out"):
        _plan(fleet, threshold=2.0)
    assert _names(_plan(fleet, wrong_share=0.1).chosen) == ["bad"]


@pytest.mark.reckoning
def test_with_too_little_evidence_only_published_rules_are_planned_by(fleet: Planned) -> None:
    fleet.judging(is_enough=False)
    fleet.device("worn", WORN)
    fleet.device("many", failed=9)

    plan = _plan(fleet, threshold=1.2)

    assert (plan.is_enough, plan.lists) == (False, {"replace": 0, "watch": 0})
    assert _names(plan.chosen) == ["worn"]


@pytest.mark.reckoning
def test_a_store_that_was_never_judged_answers_too(fleet: Planned) -> None:
    fleet.device("worn", WORN)

    plan = _plan(fleet)

    assert (plan.run, plan.is_enough) == (None, False)
    assert _names(plan.chosen) == ["worn"]


@pytest.mark.reckoning
def test_the_same_devices_by_simpler_rules_for_no_more_money_are_reckoned_alike(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("old", purchased_on=date(2021, 1, 1))
    fleet.device("older", WORN, purchased_on=date(2020, 1, 1), failed=1)
    fleet.device("bad", unreliable(9), failed=9, purchased_on=date(2023, 1, 1))
    fleet.device("worse", unreliable(14), failed=14, price=320.0)
    fleet.device("busy", failed={"crash": 6, "storage": 6}, price=600.0)
    fleet.device("owed", claimed(unreliable(12)), failed=12, price=None)

    plan = _plan(fleet, 400)

    ours, oldest, most = plan.comparisons
    by_name = {row.device.name: row for row in (*plan.chosen, *plan.outside)}
    assert set(_names(plan.chosen)) == {"worse", "older"}
    assert [one.name for one in plan.comparisons] == ["this plan", "oldest first", "most failures first"]
    assert (ours.devices, ours.cost) == (len(plan.chosen), plan.cost)
    assert ours.minutes == pytest.approx(sum(row.minutes for row in plan.chosen), abs=0.11)
    assert (oldest.devices, oldest.cost) == (2, 345)
    assert oldest.minutes == pytest.approx(by_name["older"].minutes + by_name["bad"].minutes, abs=0.11)
    assert (most.devices, most.cost) == (2, 365)


@pytest.mark.reckoning
def test_nothing_is_compared_where_a_price_is_missing_or_schools_have_bounds(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("bad", unreliable(9), failed=9)
    bounded = _plan(fleet, 700, bounds=(SiteBounds(site="Oak", cap=600.0),))
    fleet.device("disk", DISK)

    unpriced = _plan(fleet, 700, settings=PlanSettings(prices=Prices(battery_swap=45)))

    assert _names(unpriced.unpriced) == ["disk"]
    assert unpriced.comparisons == bounded.comparisons == ()


@pytest.mark.reckoning
def test_what_is_left_is_offered_to_those_longest_out_of_support(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("bad", unreliable(9), failed=9)
    for name, year in (("late", 2025), ("later", 2024), ("latest", 2023)):
        fleet.device(name, ENDING, support_until=date(year, 10, 1))
    fleet.device("soon", ENDING, support_until=date(2026, 10, 1))

    plan = _plan(fleet, 1_000)
    none = _plan(fleet, 500)

    assert (_names(plan.chosen), _names(plan.with_the_rest)) == (["bad"], ["latest", "later"])
    assert plan.cost == 300
    assert none.with_the_rest == ()


@pytest.mark.reckoning
def test_what_costs_more_for_a_lesson_hour_than_the_school_pays_is_not_worth_the_money(fleet: Planned) -> None:
    fleet.judging()
    fleet.device("bad", unreliable(9), failed=9)
    fleet.device("dear", unreliable(9), failed=9, price=9_000.0)

    plan = _plan(fleet, 10_000)
    without = _plan(fleet, 10_000, settings=replace(SETTINGS, prices=replace(SETTINGS.prices, lesson_hour=None)))

    assert [(row.device.name, row.is_worth) for row in plan.chosen] == [("bad", True), ("dear", False)]
    assert plan.chosen[1].cost_per_hour == pytest.approx(60 * 9_000 / plan.chosen[1].minutes, rel=0.01)
    assert all(row.is_worth for row in without.chosen)


@pytest.mark.reckoning
def test_the_outlook_counts_each_device_once_in_the_year_of_its_first_end(fleet: Planned) -> None:
    fleet.device("overdue", purchased_on=date(2018, 1, 1), support_until=None)
    fleet.device("life", purchased_on=date(2021, 5, 1))
    fleet.device("support", purchased_on=date(2022, 5, 1), support_until=date(2027, 6, 30))
    fleet.device("unpriced", purchased_on=date(2022, 5, 1), price=None)
    fleet.device("far", purchased_on=date(2025, 5, 1))
    fleet.device("unknown", purchased_on=None, support_until=None)

    outlook = _plan(fleet).outlook

    assert [one.year for one in outlook] == [2026, 2027, 2028, 2029, 2030]
    assert [(one.support_ends, one.life_ends, one.cost, one.unpriced) for one in outlook] == [
        (0, 1, 300, 0),
        (1, 1, 600, 0),
        (0, 1, 0, 1),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
    ]


def test_a_larger_fleet_asks_no_more_questions(fleet: Planned) -> None:
    fleet.judging()
    asked: list[str] = []
    event.listen(fleet.connection, "before_cursor_execute", lambda *said: asked.append(said[2]))

    def count() -> int:
        asked.clear()
        _plan(fleet, wrong_share=0.3)
        return len(asked)

    fleet.device("d", unreliable(9), failed=9)
    one = count()
    for number in range(30):
        fleet.device(f"d{number}", unreliable(9), failed=9)

    assert count() == one


STANDING: tuple[FlagState, ...] = ("open", "accepted")


def test_a_judged_school_is_planned_for_by_the_flags_it_got(engine: Engine) -> None:
    lemons = {"m003": 9.0, "m050": 9.0, "m120": 12.0}
    school = judged_fleet.make_school(engine, lemons=lemons)
    judge_fleet(engine, judged_fleet.NOW)
    with engine.connect() as connection:
        flags = list_flags(connection, Scope.all(), states=STANDING)
        question = PlanQuestion(budget=100_000)
        plan = make_plan(connection, Scope.all(), question, settings=SETTINGS, now=judged_fleet.NOW)
        strict = make_plan(
            connection, Scope.all(), replace(question, threshold=6.0), settings=SETTINGS, now=judged_fleet.NOW
        )

    named = {flag.device for flag in flags if flag.verdict == "replace"}
    assert len(school.keys) == 200
    assert named >= {school.keys["m120"]}
    assert {row.device.device for row in plan.chosen} == named
    assert plan.lists["replace"] == len(named)
    assert all(row.minutes > 0 and row.cost == 500 for row in plan.chosen)
    assert {row.device.device for row in strict.chosen} < named
