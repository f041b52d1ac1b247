"""Folds repeated failures of one device into one incident, so that a shaky week is not counted twenty times."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAY_US, HOUR_US, Bools, Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Incidents:
    """One entry an incident, ordered by device, channel and time; `failure_count` is how many failures it holds."""

    device: Ints
    channel: Ints
    start_us: Ints
    end_us: Ints
    failure_count: Ints

    def __len__(self) -> int:
        return len(self.device)


def fold(times: Ints, *, gap_hours: float = 72, cap_days: float = 14) -> Ints:
    """The instants (microseconds) at which the incidents of one device and channel began, ascending.

    A failure belongs to the running incident when it comes less than `gap_hours` after the previous failure and
    less than `cap_days` after the incident's first one; a gap as long as the cap leaves no cap. The times may come in
    any order; the result is unchanged by
    repeating failures at the same instants. Declustering by run length: Coles, "An Introduction to Statistical
    Modeling of Extreme Values" (2001), section 5.3.2.
    """
    ordered = np.sort(np.asarray(times, dtype=np.int64))
    alone = np.zeros(len(ordered), dtype=np.int64)
    return ordered[_is_start(alone, ordered, **_lengths(gap_hours, cap_days))]


def fold_fleet(
    device: Ints,
    channel: Ints,
    time_us: Ints,
    *,
    gap_hours: float = 72,
    cap_days: float = 14,
    count: Ints | None = None,
) -> Incidents:
    """The incidents of a whole fleet; the three arrays have one entry a failure, in any order.

    `count` says how often each failure was repeated when the source already added them up (default 1). Sorting is
    skipped where the failures already stand by device, channel and time. Raises ValueError on unequal lengths.
    """
    if not len(device) == len(channel) == len(time_us):
        raise ValueError("device, channel and time_us must have one entry a failure: their lengths differ")
    device, channel, time_us = (np.asarray(one, dtype=np.int64) for one in (device, channel, time_us))
    weight = np.ones(len(device), dtype=np.int64) if count is None else np.asarray(count, dtype=np.int64)
    order = _order(device, channel, time_us)
    if order is not None:
        device, channel, time_us, weight = device[order], channel[order], time_us[order], weight[order]
    chain = np.cumsum(_differs(device) | _differs(channel), dtype=np.int64)
    start = _is_start(chain, time_us, **_lengths(gap_hours, cap_days))
    first = np.flatnonzero(start)
    if len(first) == 0:
        return Incidents(device=device, channel=channel, start_us=time_us, end_us=time_us, failure_count=weight)
    last = np.append(first[1:], len(device)) - 1
    return Incidents(
        device=device[first],
        channel=channel[first],
        start_us=time_us[first],
        end_us=time_us[last],
        failure_count=np.add.reduceat(weight, first),
    )


def _lengths(gap_hours: float, cap_days: float) -> dict[str, int]:
    """Gap and cap in microseconds; a cap within the gap would cut chains that the gap holds together."""
    gap_us, cap_us = round(gap_hours * HOUR_US), round(cap_days * DAY_US)
    return {"gap_us": gap_us, "cap_us": cap_us if cap_us > gap_us else np.iinfo(np.int64).max}


def _order(device: Ints, channel: Ints, time_us: Ints) -> Ints | None:
    """The order by device, channel, time; None where they stand in it."""
    step, kind, later = np.diff(device), np.diff(channel), np.diff(time_us)
    if bool(np.all((step > 0) | ((step == 0) & ((kind > 0) | ((kind == 0) & (later >= 0)))))):
        return None
    return np.asarray(np.lexsort((time_us, channel, device)), dtype=np.int64)


def _differs(key: Ints) -> Bools:
    """True at the first entry and wherever the key differs from the entry before."""
    result = np.ones(len(key), dtype=np.bool_)
    np.not_equal(key[1:], key[:-1], out=result[1:])
    return result


def _is_start(group: Ints, time_us: Ints, *, gap_us: int, cap_us: int) -> Bools:
    """Which failures begin an incident; input ordered by group and time."""
    start = _differs(group)
    start[1:] |= np.diff(time_us) >= gap_us
    open_still = np.arange(len(start))
    while len(open_still):
        # Each round cuts every over-long chain once and keeps only those: its price is theirs, not the fleet's.
        head = start[open_still]
        began = np.repeat(time_us[open_still[head]], np.diff(np.append(np.flatnonzero(head), len(open_still))))
        late = time_us[open_still] - began >= cap_us
        start[open_still[1:][late[1:] & ~late[:-1]]] = True
        open_still = open_still[late]
    return start
