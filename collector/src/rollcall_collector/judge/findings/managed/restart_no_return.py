"""A device that restarted and did not come back: locked, an iPad joins no Wi-Fi until somebody unlocks it."""

from rollcall_collector.judge.findings.managed.telling import CHANNEL, told
from rollcall_collector.judge.findings.rule import FAILURE_DAYS, Needs, Rule, Subject
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "restart_no_return"


def _find(subject: Subject) -> Finding | None:
    restarts = told(subject, NAME, ("restart_no_return",), days=FAILURE_DAYS)
    last_on = subject.facts.last_active_on
    if not restarts or last_on is None or last_on > restarts[-1].occurred_on:
        return None
    on = restarts[-1].occurred_on
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=f"Unlock it once by hand: it restarted on {say_date(on)} and was not heard again. Locked, it joins "
        "no Wi-Fi after a restart. If that does not bring it back, look for a fault.",
        evidence={"on": on.isoformat()},
    )


RULE = Rule(
    name=NAME,
    title="not back after a restart",
    part=None,
    needs=Needs(channels=(CHANNEL,)),
    verdict="watch",
    find=_find,
    says_better=("missing", "contact_gap"),
)
