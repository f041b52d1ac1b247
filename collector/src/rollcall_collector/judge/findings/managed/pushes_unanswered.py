"""An iPad that does not answer when it is called, day after day, although it is heard in between."""

from rollcall_collector.judge.findings.managed.telling import CHANNEL, told
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.flag import Finding

NAME = "pushes_unanswered"
LEAST, WITHIN_DAYS = 5, 14


def _find(subject: Subject) -> Finding | None:
    """The call was taken by Apple each time, so it is not the school's network to the outside that fails."""
    pushes = told(subject, NAME, ("push_unanswered",), days=WITHIN_DAYS)
    last_on = subject.facts.last_active_on
    days = {one.occurred_on for one in pushes}
    if len(days) < LEAST or last_on is None or last_on <= min(days):
        return None  # who was not heard at all meanwhile is out of touch: another finding's
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=f"Watch it: on {len(days)} of the last {WITHIN_DAYS} days it did not answer its management service "
        "for a day, though it was heard in between. Look at its Wi-Fi and whether it is often switched off.",
        evidence={"days": len(days), "within_days": WITHIN_DAYS},
    )


RULE = Rule(
    name=NAME,
    title="does not answer calls",
    part=None,
    needs=Needs(channels=(CHANNEL,)),
    verdict="watch",
    find=_find,
)
