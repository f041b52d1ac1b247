"""A device that enrolled in its management service again and again, or left it."""

from rollcall_collector.judge.findings.managed.telling import CHANNEL, told
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "enrolled_again"
LEAST, WITHIN_DAYS = 3, 90
"""A device is erased for a new pupil, and once more where that went wrong: that is no trouble."""


def _find(subject: Subject) -> Finding | None:
    events = told(subject, NAME, ("re_enrolled", "unenrolled"), days=WITHIN_DAYS)
    again = sorted({one.occurred_on for one in events if one.code == "re_enrolled"})
    last_on = subject.facts.last_active_on
    has_left = bool(events) and events[-1].code == "unenrolled" and last_on == events[-1].occurred_on
    if has_left:
        said = (
            f"it left its management service on {say_date(events[-1].occurred_on)} and was not heard since. Enroll it"
        )
        said += " anew, or retire it."
    elif len(again) >= LEAST:
        said = f"it was erased and enrolled anew on {len(again)} days in {WITHIN_DAYS}, last on {say_date(again[-1])}."
    else:
        return None
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=f"Watch it: {said}",
        evidence={"enrolled_again": len(again), "has_left": int(has_left), "within_days": WITHIN_DAYS},
    )


RULE = Rule(
    name=NAME,
    title="enrolled again, or left",
    part=None,
    needs=Needs(channels=(CHANNEL,)),
    verdict="watch",
    find=_find,
)
