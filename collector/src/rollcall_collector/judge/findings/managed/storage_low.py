"""A managed device whose storage is nearly full: updates then fail, and lessons stop at the next photograph."""

from rollcall_collector.judge.findings.managed.telling import CHANNEL, told
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "storage_low"
LEAST_DAYS, WITHIN_DAYS = 3, 10
"""One full day may be a film that is deleted again; and once there is room, nothing is told any more."""


def _find(subject: Subject) -> Finding | None:
    full = told(subject, NAME, ("storage_low",), days=WITHIN_DAYS)
    if len({one.occurred_on for one in full}) < LEAST_DAYS:
        return None
    last = full[-1]
    free = f"{last.evidence['percent']:.0f} %" if "percent" in last.evidence else "less than a tenth"
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=f"Watch it: only {free} of its storage is free (read on {say_date(last.occurred_on)}). Clear it "
        "before the next update, which needs room.",
        evidence={**last.evidence, "read_on": last.occurred_on.isoformat()},
    )


RULE = Rule(
    name=NAME,
    title="storage nearly full",
    part=None,
    needs=Needs(channels=(CHANNEL,)),
    verdict="watch",
    find=_find,
)
