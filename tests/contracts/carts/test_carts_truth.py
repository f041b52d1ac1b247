"""What is said of carts holds against what really is: a small district tells five school days, minute by minute."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rollcall_agent.simulator.district import Plan, make_district
from tests.support.fleets.told_carts import ZONE, CartCount, count_carts

LAST = date(2026, 11, 30)
"""A Monday after five days without school."""


@pytest.mark.reckoning
def test_what_carts_say_of_their_devices_is_so(engine: Engine, tmp_path: Path) -> None:
    plan = Plan(seed=6, devices=90, schools=2, carts=4, first=LAST - timedelta(days=40), last=LAST, zone=ZONE)
    days = [day.on for day in make_district(plan).sites[0].days if day.on <= LAST][-5:]

    counts = count_carts(engine, tmp_path, plan, days)

    whole = CartCount()
    for count in counts.values():
        whole.add(count)
    monday = next(count for moment, count in counts.items() if moment.date() == LAST)
    assert whole.states["low"] > 0
    assert whole.low_share_wrong <= 0.15
    assert whole.in_lesson.total() > 400
    assert whole.in_lesson_share_in_use >= 0.80
    assert whole.ready_share_right >= 0.97
    assert monday.states["low"] + monday.states["missing"] <= 2
