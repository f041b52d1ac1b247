"""A managed device whose storage is nearly full: updates then fail, and lessons stop at the next photograph."""

from datetime import timedelta

from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.reading import Reading
from rollcall_collector.model.wording import say_date

NAME = "storage_low"
LEAST_SHARE = 0.10
LEAST_DAYS, WITHIN_DAYS = 3, 30
"""One full day may be a film that is deleted again."""


def _find(subject: Subject) -> Finding | None:
    since = subject.today - timedelta(days=WITHIN_DAYS)
    read = [
        (day.on, day.storage_free_bytes / day.storage_size_bytes)
        for day in subject.unspent(NAME).days
        if day.on > since and day.storage_free_bytes is not None and day.storage_size_bytes
    ]
    newest = read[-LEAST_DAYS:]
    if len(newest) < LEAST_DAYS or any(share >= LEAST_SHARE for _, share in newest):
        return None
    on, share = newest[-1]
    return Finding(
        finding=NAME,
        verdict="watch",
        sentence=f"Watch it: only {share:.0%} of its storage is free (read on {say_date(on)}). Clear it before the "
        "next update, which needs room.",
        evidence={"share": round(share, 3), "read_on": on.isoformat(), "threshold": LEAST_SHARE},
    )


RULE = Rule(
    name=NAME,
    title="storage nearly full",
    part=None,
    needs=Needs(readings=(Reading(field="storage_free_bytes", over="storage_size_bytes", below=LEAST_SHARE),)),
    verdict="watch",
    find=_find,
)
