"""A battery that fades is swapped, claimed or let go, by what its model does."""

from datetime import date

import numpy as np

from rollcall_collector.judge.battery import judge_batteries
from rollcall_collector.judge.findings.battery_outlook import battery_evidence, find_battery
from rollcall_collector.judge.findings.papers import Papers
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days

TODAY = date(2025, 3, 3)  # a Monday
PLAIN = Papers(today=TODAY)
IN_WARRANTY = Papers(today=TODAY, warranty_until=date(2025, 8, 31))
LAST_YEAR = Papers(today=TODAY, support_until=date(2025, 10, 14))
COUNT = 40


def tell(school: ToldSchool) -> None:
    days = school_days(360)
    for number in school.devices:
        loss = 0.0007 if number == SUSPECT else 0.0001
        for place, on in enumerate(days):
            full = 50.0 * (0.99 - loss * place)
            school.live(number, [on], battery_full_wh=round(full, 2), battery_design_wh=50.0)


def test_a_due_battery_is_swapped_claimed_or_let_go() -> None:
    health = np.tile(0.95 - 0.012 * np.arange(12.0), (3, 1))
    outlook = judge_batteries(
        health, np.zeros(3, dtype=np.int64), full_wh=np.full(3, 30.0), drain_watts=np.array([7.0, 3.0, np.nan])
    )
    due = battery_evidence(outlook, 0, design_wh=45, full_wh=36.8, cycles=610)
    watched, unknown = battery_evidence(outlook, 1), battery_evidence(outlook, 2)

    swapped, claimed = find_battery(due, PLAIN), find_battery(due, IN_WARRANTY)
    refreshed, replaced = find_battery(due, LAST_YEAR), find_battery(due, PLAIN, price=100, swap_price=60)

    assert swapped is not None
    assert claimed is not None
    assert refreshed is not None
    assert replaced is not None
    assert [one.verdict for one in (swapped, claimed, refreshed, replaced)] == [
        "repair",
        "claim",
        "refresh",
        "replace",
    ]
    assert swapped.sentence.startswith(
        "Plan a new battery: in about a month (90 % interval 1 to 2) this one will hold less than 80 % of what it held "
        "when new: that counts as spent. "
    )
    assert "Now it holds 82 % of what it held when new (36.8 of 45.0 Wh) after 610 charges" in swapped.sentence
    assert "It runs for 4.3 h of a 6 h school day." in swapped.sentence
    assert [one.verdict for one in (find_battery(watched, PLAIN), find_battery(unknown, PLAIN)) if one] == [
        "watch"
    ] * 2
    assert find_battery(None, PLAIN) is None
