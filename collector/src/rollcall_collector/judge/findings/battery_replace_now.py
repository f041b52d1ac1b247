"""A battery of which the maker's own check said that it is to be replaced."""

from rollcall_collector.judge.findings.battery_readings import READ, has_new_battery
from rollcall_collector.judge.findings.papers import route, say_mending
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject, last_failure
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "battery_replace_now"


def _find(subject: Subject) -> Finding | None:
    facts = subject.unspent(NAME)
    last = last_failure(facts, "battery", ("replace_now",), subject.today)
    if last is None or has_new_battery(facts.days, last.occurred_on):
        return None
    said = f"on {say_date(last.occurred_on)} the device itself reported 'replace now'"
    return Finding(
        finding=NAME,
        verdict=route("repair", subject.papers),
        sentence=say_mending("battery", f"{said}.", subject.papers),
        evidence={
            **last.evidence,
            "code": last.code,
            "on": last.occurred_on.isoformat(),
            "source": "the maker's own battery check",
        },
    )


RULE = Rule(
    name=NAME,
    title="battery asks to be replaced",
    part="battery",
    needs=Needs(channels=("battery",), readings=(READ,)),
    verdict="repair",
    find=_find,
    says_better=("battery_outlook",),
)
