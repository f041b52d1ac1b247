"""Lists the incidents of one device as people read them: from when to when, of which kind, what failed how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from rollcall_collector.judge.arrays import DAY_US
from rollcall_collector.judge.channels import NOT_JUDGED
from rollcall_collector.judge.failures.incidents import fold
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.fact import Failure

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """Failures of one kind that belong together. `is_judged`: its kind counts against a device."""

    channel: str
    first_on: date
    last_on: date
    failures: int
    codes: tuple[str, ...]
    is_judged: bool


def list_incidents(failures: Sequence[Failure], *, parameters: Parameters) -> tuple[Incident, ...]:
    """One device's failures folded by the rule of the judging, the newest first."""
    by_channel: dict[str, list[Failure]] = {}
    for one in sorted(failures, key=_at_us):
        by_channel.setdefault(one.channel, []).append(one)
    found = [_incident(group) for ordered in by_channel.values() for group in _groups(ordered, parameters)]
    return tuple(sorted(found, key=lambda one: (one.first_on, one.channel), reverse=True))


def _groups(ordered: Sequence[Failure], parameters: Parameters) -> list[Sequence[Failure]]:
    times = np.array([_at_us(one) for one in ordered], dtype=np.int64)
    began = fold(times, gap_hours=parameters.gap_hours, cap_days=parameters.cap_days)
    first = np.searchsorted(times, began).tolist()
    return [ordered[start:end] for start, end in zip(first, [*first[1:], len(ordered)], strict=True)]


def _incident(group: Sequence[Failure]) -> Incident:
    return Incident(
        channel=group[0].channel,
        first_on=group[0].occurred_on,
        last_on=group[-1].occurred_on,
        failures=sum(one.count for one in group),
        codes=tuple(dict.fromkeys(one.code for one in group)),
        is_judged=group[0].channel not in NOT_JUDGED,
    )


def _at_us(one: Failure) -> int:
    """The instant, held to the day that the school's calendar gives it, as the judging of the fleet does."""
    day = (one.occurred_on - _EPOCH).days
    return min(max(round(one.occurred_at.timestamp() * 1_000_000), day * DAY_US), (day + 1) * DAY_US - 1)
