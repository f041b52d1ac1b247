"""How true what is said of carts is: the demo's district at seven times of its last five school days.

Its devices tell their days through the collector's keeping; its rule of readiness is held to what the simulator knows.
ROLLCALL_BENCH=quick takes a fifth of the devices.
"""

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

from rollcall_agent.simulator.district import Plan, make_district
from rollcall_collector.store.database import migrate, open_database
from tests.support.fleets.told_carts import ZONE, CartCount, count_carts

DEVICES = 200 if os.environ.get("ROLLCALL_BENCH") == "quick" else 1000
LAST, DAYS = date(2026, 11, 30), 90
"""A Monday after five days without school."""
LOW_MAX, IN_USE_MIN = 0.15, 0.80


def main() -> None:
    """Tell, count, print."""
    plan = Plan(
        seed=1,
        devices=DEVICES,
        schools=3,
        carts=DEVICES // 25,
        first=LAST - timedelta(days=DAYS),
        last=LAST,
        zone=ZONE,
    )
    days = [day.on for day in make_district(plan).sites[0].days if day.on <= LAST][-5:]
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        engine = open_database(f"sqlite:///{folder}/carts.sqlite3")
        migrate(engine)
        counts = count_carts(engine, Path(folder), plan, days)
        engine.dispose()
    whole = CartCount()
    for moment, count in counts.items():
        print(f"{moment:%a %d %b %H:%M}  {_line(count)}")
        whole.add(count)
    print(f"{'all':>16}  {_line(whole)}")
    print(f"called low, yet 40 % or more later that day  {whole.low_share_wrong:5.0%}  {_goal(whole, is_low=True)}")
    print(f"in a lesson and called in use                {whole.in_lesson_share_in_use:5.0%}  {_goal(whole)}")
    print(f"called ready, 40 % or more when next heard   {whole.ready_share_right:5.0%}  of {whole.ready_told_next:,}")
    used = whole.in_lesson["in_use"] / max(1, whole.states["in_use"])
    print(f"called in use, in a lesson                   {used:5.0%}  of {whole.states['in_use']:,}")


def _line(count: CartCount) -> str:
    states = "  ".join(f"{state} {number}" for state, number in sorted(count.states.items()))
    low = f"low {count.low_had_enough} of {count.low_told_later} told later had enough"
    return f"{states} | {low} | in lessons {count.in_lesson.total()}, in use {count.in_lesson['in_use']}"


def _goal(whole: CartCount, *, is_low: bool = False) -> str:
    if is_low:
        reached = whole.low_share_wrong <= LOW_MAX
        return f"of {whole.states['low']:,} (goal at most 15 %: {'reached' if reached else 'MISSED'})"
    reached = whole.in_lesson_share_in_use >= IN_USE_MIN
    return f"of {whole.in_lesson.total():,} (goal at least 80 %: {'reached' if reached else 'MISSED'})"
