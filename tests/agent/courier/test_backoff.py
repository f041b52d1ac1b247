"""How fast and how soon again: credit and delays, without a broker."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall_agent.courier.backoff import Credit, Return, reconnect_delay, resend_delay, shared_delay
from rollcall_agent.courier.window import Window


@settings(deadline=None)  # machines are busy
@given(times=st.integers(1, 5_000), seed=st.integers())
def test_a_repeat_waits_at_least_half_a_minute_and_at_most_ten(times: int, seed: int) -> None:
    delay = resend_delay(times, Random(seed))

    assert 30 <= delay <= min(600, 30 + 30 * 2 ** min(times - 1, 10))


@settings(deadline=None)  # machines are busy
@given(failures=st.integers(0, 5_000), seed=st.integers())
def test_a_new_connection_waits_at_most_a_minute(failures: int, seed: int) -> None:
    assert 0 <= reconnect_delay(failures, Random(seed)) <= min(60, 2 ** min(failures, 10))


@settings(deadline=None)  # machines are busy
@given(times=st.integers(1, 5_000), seed=st.integers())
def test_who_shares_a_name_waits_for_minutes_but_not_for_ever(times: int, seed: int) -> None:
    assert 15 <= shared_delay(times, Random(seed)) <= min(900, 30 * 2 ** min(times - 1, 10))


def test_a_name_counts_as_shared_until_a_connection_holds_for_an_hour() -> None:
    pause = Return(Random(1))
    pause.note_shared()

    pause.note_lost(600.0)
    still = pause.delay()
    pause.note_lost(3_700.0)

    assert still >= 15
    assert pause.delay() <= 1


def test_delays_of_many_devices_spread_over_the_whole_time() -> None:
    delays = [reconnect_delay(9, Random(seed)) for seed in range(500)]

    counts = [sum(low <= delay < low + 10 for delay in delays) for low in range(0, 60, 10)]

    assert min(counts) > 40


@settings(deadline=None)  # machines are busy
@given(rate=st.floats(0.1, 1_000), steps=st.lists(st.floats(0, 3), min_size=1, max_size=50))
def test_no_more_is_paid_for_than_was_granted(rate: float, steps: list[float]) -> None:
    credit = Credit(burst_max=20)
    now = 100.0
    credit.grant(rate, now)
    paid = 0

    for step in steps:
        now += step
        while credit.take(now):
            paid += 1

    assert paid <= 1 + max(5, min(rate, 20)) + rate * (now - 100.0)


@settings(deadline=None)  # machines are busy
@given(rate=st.floats(0.1, 1_000))
def test_the_instant_at_which_credit_is_promised_is_true(rate: float) -> None:
    credit = Credit(burst_max=20)
    credit.grant(rate, 0.0)
    while credit.take(0.0):
        pass

    promised = credit.ready_at(0.0)

    assert promised > 0
    assert not credit.take(promised * 0.99)
    assert credit.take(promised + 1e-6)


@pytest.mark.parametrize("rate", [0.0, -5.0, math.nan, math.inf, -math.inf])
def test_a_nonsense_grant_neither_stops_nor_floods(rate: float) -> None:
    credit = Credit(burst_max=20)
    credit.grant(rate, 0.0)
    while credit.take(0.0):
        pass

    assert credit.take(60.1)
    assert sum(credit.take(61.0) for _ in range(100)) <= 20


def test_a_window_settles_by_ranges_and_closes_what_is_done() -> None:
    window = Window()
    first, second = window.open([1, 2, 3]), window.open([5, 9])

    window.settle([(2, 2), (4, 6)])
    left = set(first.pending), set(second.pending)
    window.settle([(1, 100)])

    assert left == ({1, 3}, {9})
    assert len(window) == 0
