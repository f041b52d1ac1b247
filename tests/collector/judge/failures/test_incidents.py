"""Repeated failures are one incident: exact, and the same for one device and for a fleet."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rollcall_collector.judge.arrays import DAY_US, HOUR_US
from rollcall_collector.judge.failures.incidents import fold, fold_fleet

_hours = st.lists(st.integers(0, 4000), max_size=60)


def _slowly(times: list[int]) -> list[int]:
    """The definition, one failure at a time."""
    starts: list[int] = []
    before = None
    for time in sorted(times):
        if before is None or time - before >= 72 * HOUR_US or time - starts[-1] >= 14 * DAY_US:
            starts.append(time)
        before = time
    return starts


def test_failures_within_three_days_are_one_incident() -> None:
    times = np.array([0, 71, 142, 214]) * HOUR_US

    starts = fold(times)

    assert starts.tolist() == [0, 214 * HOUR_US]


def test_a_chain_that_never_ends_is_a_new_incident_every_fortnight() -> None:
    times = np.arange(43) * DAY_US

    starts = fold(times)

    assert (starts // DAY_US).tolist() == [0, 14, 28, 42]


def test_a_gap_longer_than_an_incident_may_last_is_not_cut_short() -> None:
    times = np.array([0, 20, 40, 75]) * DAY_US

    starts = fold(times, gap_hours=30 * 24)

    assert (starts // DAY_US).tolist() == [0, 75]


@given(_hours)
def test_folding_follows_its_definition(hours: list[int]) -> None:
    times = [hour * HOUR_US for hour in hours]

    assert fold(np.array(times, dtype=np.int64)).tolist() == _slowly(times)


@given(_hours, st.permutations(range(4)))
def test_repeats_and_order_change_nothing(hours: list[int], order) -> None:
    times = np.array(hours, dtype=np.int64) * HOUR_US
    repeated = np.concatenate([times for _ in order])[:: -1 if order[0] else 1]

    assert fold(repeated).tolist() == fold(times).tolist()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 3000)), max_size=120))
def test_a_fleet_is_folded_as_each_of_its_devices(rows: list[tuple[int, int, int]]) -> None:
    device, channel, hour = np.array(rows, dtype=np.int64).reshape(-1, 3).T

    folded = fold_fleet(device, channel, hour * HOUR_US)

    for one in range(4):
        for kind in range(2):
            alone = fold(hour[(device == one) & (channel == kind)] * HOUR_US)
            together = folded.start_us[(folded.device == one) & (folded.channel == kind)]
            assert together.tolist() == alone.tolist()
    assert folded.failure_count.sum() == len(rows)


def test_counted_failures_keep_their_count() -> None:
    one = np.zeros(3, dtype=np.int64)

    folded = fold_fleet(one, one, np.array([0, 1, 100]) * HOUR_US, count=np.array([5, 1, 2]))

    assert folded.failure_count.tolist() == [6, 2]
    assert folded.end_us.tolist() == [HOUR_US, 100 * HOUR_US]
