"""A disk that by its own word is failing: its health check, its spare blocks, or a lock against writing."""

from rollcall_collector.judge.findings.papers import route, say_mending
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject, last_failure
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "failing_disk"
_DISK_SAYS = {
    "smart_failing": "its own health check (SMART) says that it is failing",
    "spare_low": "it has used up its spare blocks",
    "read_only": "it has locked itself against writing",
}


def _find(subject: Subject) -> Finding | None:
    facts = subject.unspent(NAME)
    last = last_failure(facts, "storage", _DISK_SAYS, subject.today)
    if last is None:
        return None
    says = f"on {say_date(last.occurred_on)} {_DISK_SAYS[last.code]}"
    return Finding(
        finding=NAME,
        verdict=route("repair", subject.papers),
        sentence=say_mending("disk", f"{says}.", subject.papers),
        evidence={
            **last.evidence,
            "code": last.code,
            "on": last.occurred_on.isoformat(),
            "reports": sum(failure.count for failure in facts.failures if failure.code == last.code),
        },
    )


RULE = Rule(
    name=NAME,
    title="failing disk",
    part="disk",
    needs=Needs(channels=("storage",)),
    verdict="repair",
    find=_find,
    says_better=("storage", "disk_errors"),
)
