"""What is due when."""

import pytest

from rollcall_agent.timetable import BOOT_RETRY_SECONDS, EVERYTHING, after, at_once, begin, paced

NOW = 100.0


def test_at_a_first_start_everything_is_due_at_once() -> None:
    table = begin(NOW, vitals_age=None, daily_age=None, vitals_minutes=60, jitter=0.5)

    assert table.due(NOW) == EVERYTHING


def test_what_the_agent_before_did_lately_is_not_done_again() -> None:
    table = begin(NOW, vitals_age=600.0, daily_age=7200.0, vitals_minutes=60, jitter=0.0)

    assert table.due(NOW) == {"boot"}
    assert table.vitals_at == NOW + 3000.0
    assert table.daily_at == NOW + 86_400.0 - 7200.0


@pytest.mark.parametrize("age", [-5000.0, 90_000.0])
def test_an_age_that_a_clock_made_up_or_that_is_great_is_due(age: float) -> None:
    table = begin(NOW, vitals_age=age, daily_age=age, vitals_minutes=60, jitter=0.0)

    assert table.due(NOW) == EVERYTHING


def test_the_daily_look_takes_the_vitals_with_it() -> None:
    table = begin(NOW, vitals_age=1.0, daily_age=None, vitals_minutes=60, jitter=0.0)

    assert table.due(NOW) == {"boot", "daily", "vitals"}


def test_vitals_come_every_so_many_minutes_never_later_and_a_little_early() -> None:
    table = begin(NOW, vitals_age=None, daily_age=None, vitals_minutes=60, jitter=0.0)

    late = after(table, NOW, done=EVERYTHING, is_boot_known=True, vitals_minutes=60, jitter=0.0)
    early = after(table, NOW, done=EVERYTHING, is_boot_known=True, vitals_minutes=60, jitter=1.0)

    assert late.vitals_at == NOW + 3600
    assert early.vitals_at == NOW + 2880
    assert late.due(NOW + 3599) == frozenset()


def test_a_start_is_asked_for_until_it_is_known_ever_more_patiently() -> None:
    table = begin(NOW, vitals_age=None, daily_age=None, vitals_minutes=60, jitter=0.0)
    waits = []
    now = NOW
    for _ in range(len(BOOT_RETRY_SECONDS) + 2):
        table = after(table, now, done=frozenset({"boot"}), is_boot_known=False, vitals_minutes=60, jitter=0.0)
        assert table.boot_at is not None
        waits.append(table.boot_at - now)
        now = table.boot_at

    known = after(table, now, done=frozenset({"boot"}), is_boot_known=True, vitals_minutes=60, jitter=0.0)

    assert waits == [*BOOT_RETRY_SECONDS, 300.0, 300.0]
    assert known.boot_at is None
    assert known.next_at() == min(known.vitals_at, known.daily_at)


def test_asked_anew_everything_is_due_again() -> None:
    table = begin(NOW, vitals_age=1.0, daily_age=1.0, vitals_minutes=60, jitter=0.0)
    known = after(table, NOW, done=frozenset({"boot"}), is_boot_known=True, vitals_minutes=60, jitter=0.0)

    assert at_once(known, NOW + 1).due(NOW + 1) == EVERYTHING


def test_a_shorter_interval_holds_from_now_on_and_a_longer_one_delays_nothing() -> None:
    table = begin(NOW, vitals_age=1.0, daily_age=1.0, vitals_minutes=60, jitter=0.0)

    assert paced(table, NOW, vitals_minutes=5, jitter=0.0).vitals_at == NOW + 300
    assert paced(table, NOW, vitals_minutes=600, jitter=0.0).vitals_at == table.vitals_at
