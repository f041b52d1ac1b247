"""A battery that by the median of its readings holds too little of its design."""

from rollcall_collector.judge.findings.battery_readings import LEAST_READINGS, held_percent, newest_readings
from rollcall_collector.judge.findings.papers import route, say_mending
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.reading import Reading
from rollcall_collector.model.wording import say_date

NAME = "worn_battery"
LEAST_PERCENT = 60.0
SOURCE = "Microsoft Endpoint analytics: under 60 % of design capacity is 'most impacted'"
LOOK_SHARE = 0.65
"""A single reading under this share of its design asks for a closer look; the rule itself is stricter."""


def _find(subject: Subject) -> Finding | None:
    facts, today = subject.unspent(NAME), subject.today
    health, readings = held_percent(facts.days, today), newest_readings(facts.days, today)
    if health is None or health >= LEAST_PERCENT:
        return None
    last = readings[-1]
    cycles = "" if last.battery_cycles is None else f" after {last.battery_cycles} charges"
    return Finding(
        finding=NAME,
        verdict=route("repair", subject.papers),
        sentence=say_mending(
            "battery",
            f"its charge is down to {last.battery_full_wh:.1f} of {last.battery_design_wh:.1f} Wh{cycles}, "
            f"{health:.0f} % in the middle of {len(readings)} days' readings up to {say_date(last.on)}. ({SOURCE}.)",
            subject.papers,
        ),
        evidence={
            "median_percent": round(health, 1),
            "battery_full_wh": last.battery_full_wh,
            "battery_design_wh": last.battery_design_wh,
            "battery_cycles": last.battery_cycles,
            "readings": len(readings),
            "last_on": last.on.isoformat(),
            "rule": f"median under {LEAST_PERCENT:.0f} % of design, {LEAST_READINGS} days or more",
            "source": SOURCE,
        },
    )


RULE = Rule(
    name=NAME,
    title="worn battery",
    part="battery",
    needs=Needs(readings=(Reading(field="battery_full_wh", over="battery_design_wh", below=LOOK_SHARE),)),
    verdict="repair",
    find=_find,
    says_better=("battery_outlook",),
)
