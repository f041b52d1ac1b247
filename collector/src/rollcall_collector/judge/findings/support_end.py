"""A device whose maker's support ends within a year: a date to plan for, not a fault."""

from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "support_end"


def find_support_end(papers: Papers) -> Finding | None:
    """A finding for a device whose support ends within a year, or has ended: a date to plan for, not a fault."""
    if papers.support_until is None or not papers.is_support_ending:
        return None
    until = papers.support_until
    when = f"ended on {say_date(until)}" if until < papers.today else f"ends on {say_date(until)}"
    return Finding(
        finding=NAME,
        verdict="refresh",
        sentence=f"Plan its refresh: its maker's support {when}. It is not called unreliable for that.",
        evidence={"support_until": until.isoformat()},
    )


def _find(subject: Subject) -> Finding | None:
    return find_support_end(subject.papers) if subject.settled_on(NAME) is None else None


RULE = Rule(
    name=NAME,
    title="end of support",
    part=None,
    needs=Needs(is_calendar=True),
    verdict="refresh",
    find=_find,
)
