"""A battery of which the device itself says that it needs service, or is none of the maker's."""

from rollcall_collector.judge.findings.battery_readings import READ, has_new_battery
from rollcall_collector.judge.findings.papers import route, say_mending
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject, last_failure
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "battery_not_normal"
_WORDS = {
    "service_recommended": "reported 'service recommended'",
    "non_genuine": "reported that its battery is not the maker's",
}


def _find(subject: Subject) -> Finding | None:
    facts = subject.unspent(NAME)
    last = last_failure(facts, "battery", _WORDS, subject.today)
    if last is None or has_new_battery(facts.days, last.occurred_on):
        return None
    said = f"on {say_date(last.occurred_on)} the device itself {_WORDS[last.code]}."
    is_worn = last.code == "service_recommended"
    return Finding(
        finding=NAME,
        verdict=route("repair", subject.papers) if is_worn else "watch",
        sentence=say_mending("battery", said, subject.papers) if is_worn else f"Watch its battery: {said}",
        evidence={"code": last.code, "on": last.occurred_on.isoformat(), "source": "the device's own battery check"},
    )


RULE = Rule(
    name=NAME,
    title="battery health not normal",
    part="battery",
    needs=Needs(channels=("battery",), readings=(READ,)),
    verdict="repair",
    find=_find,
    says_better=("battery_outlook",),
)
