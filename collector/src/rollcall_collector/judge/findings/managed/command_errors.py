"""An iPad that answers harmless questions of its management service with errors."""

from rollcall_collector.judge.findings.managed.telling import CHANNEL, told
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.flag import Finding

NAME = "command_errors"
LEAST, LEAST_SHARE, WITHIN_DAYS = 4, 0.2, 30


def _find(subject: Subject) -> Finding | None:
    """Four errors and a fifth of all answers, on more than one day: once is chance, or an update just then."""
    failed = told(subject, NAME, ("command_failed",), days=WITHIN_DAYS)
    errors = sum(one.count for one in failed)
    # Each error tells how many answers went well since the one before; of the first that is another month's matter.
    well = sum(one.evidence.get("delta", 0.0) for one in failed[1:])
    share = errors / (errors + well) if errors else 0.0
    if errors < LEAST or share < LEAST_SHARE or len({one.occurred_on for one in failed}) == 1:
        return None
    codes = sorted({f"{one.evidence['value']:.0f}" for one in failed if "value" in one.evidence})
    numbers = f" (Apple's numbers: {', '.join(codes)})" if codes else ""
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=f"Watch it: in {WITHIN_DAYS} days {errors} questions of its management service, {share:.0%} of them, "
        f"ended in an error{numbers}. Restart it; where that does not help, enroll it anew.",
        evidence={"errors": errors, "share": round(share, 3), "within_days": WITHIN_DAYS},
    )


RULE = Rule(
    name=NAME,
    title="answers with errors",
    part=None,
    needs=Needs(channels=(CHANNEL,)),
    verdict="watch",
    find=_find,
)
