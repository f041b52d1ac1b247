"""An iPad that its management service was not in touch with for days on which it usually is: not yet missing."""

from rollcall_collector.judge.findings.missing import MISSING_SCHOOL_DAYS
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "contact_gap"
GAP_SCHOOL_DAYS = 8
"""An iPad tells its status every day where it has power and a network; a week in a drawer or at home is no gap."""


def _find(subject: Subject) -> Finding | None:
    last_on, days, done_on = subject.facts.last_active_on, subject.school_days_silent, subject.settled_on(NAME)
    if subject.platform != "ipados" or last_on is None or not GAP_SCHOOL_DAYS <= days < MISSING_SCHOOL_DAYS:
        return None
    if done_on is not None and last_on <= done_on:
        return None
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=f"Watch it: its management service has not been in touch with it since {say_date(last_on)}, {days} "
        "school days. Look whether it has power and its network. Its silence counts neither for nor against it.",
        evidence={"last_on": last_on.isoformat(), "school_days": days},
    )


RULE = Rule(
    name=NAME,
    title="out of touch",
    part=None,
    needs=Needs(is_calendar=True),
    verdict="watch",
    find=_find,
)
