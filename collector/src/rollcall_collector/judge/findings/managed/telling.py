"""Looks up what a management service told of a device, as every finding of this folder looks at it."""

from collections.abc import Collection
from datetime import timedelta

from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.model.fact import Failure
from rollcall_wire.codes import Channel

CHANNEL: Channel = "management"


def told(subject: Subject, finding: str, codes: Collection[str], *, days: int) -> list[Failure]:
    """What it told of these kinds within so many days and since people were done with the finding, oldest first."""
    since = subject.today - timedelta(days=days)
    return [
        one
        for one in subject.unspent(finding).failures
        if one.channel == CHANNEL and one.code in codes and one.occurred_on > since
    ]
