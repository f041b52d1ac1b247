"""A managed device whose updates of its system fail again and again, or wait for weeks."""

from datetime import timedelta

from rollcall_collector.judge.findings.managed.telling import CHANNEL, told
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.fact import Failure
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.wording import say_date

NAME = "updates_failing"
LEAST_DAYS, WITHIN_DAYS = 2, 60


def _find(subject: Subject) -> Finding | None:
    """Failed on two days, or stuck. Devices that speak by themselves have their failed updates judged by peers."""
    stuck = told(subject, NAME, ("update_stuck",), days=WITHIN_DAYS)
    failed = _failed(subject)
    days = {one.occurred_on for one in failed}
    if subject.platform != "ipados" or not (stuck or len(days) >= LEAST_DAYS):
        return None
    said = [f"failed on {len(days)} days, last on {say_date(max(days))}"] if len(days) >= LEAST_DAYS else []
    if stuck:
        said.append(f"waited for more than two weeks on {say_date(stuck[-1].occurred_on)}")
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=f"Watch it: an update of its system {' and '.join(said)}. Give it power, room and Wi-Fi overnight.",
        evidence={"failed_days": len(days), "stuck": len(stuck), "within_days": WITHIN_DAYS},
    )


def _failed(subject: Subject) -> list[Failure]:
    since = subject.today - timedelta(days=WITHIN_DAYS)
    return [
        one
        for one in subject.unspent(NAME).failures
        if one.channel == "update" and one.code == "update_failed" and one.occurred_on > since
    ]


RULE = Rule(
    name=NAME,
    title="updates fail or wait",
    part=None,
    needs=Needs(channels=("update", CHANNEL)),
    verdict="watch",
    find=_find,
)
