"""Time: how long the device was awake, and a clock that forgot it."""

from datetime import UTC, datetime, timedelta

from rollcall_agent.sources import awake, clock
from rollcall_agent.sources.source import Host
from tests.support.device import BOOT, NOW, Programs, check_on_wire, mark_of, past

OTHER = "c" * 32
HOST = Host(run=Programs())


def awake_seconds(mark: str | None, *, now: float, boot_id: str = BOOT) -> tuple[float | None, str]:
    told = awake.SOURCE.look(HOST, past({"awake": mark} if mark else {}, boot_id=boot_id, awake=now, since_boot=9e5))
    assert told.vitals is not None
    check_on_wire(told.vitals)
    return told.vitals.awake_seconds, mark_of(told)


def test_at_first_sight_nothing_was_measured() -> None:
    seconds, _ = awake_seconds(None, now=600.0)

    assert seconds is None


def test_sleep_does_not_count() -> None:
    _, mark = awake_seconds(None, now=600.0)

    seconds, _ = awake_seconds(mark, now=660.0)  # nine hundred thousand seconds since the start, most of them asleep

    assert seconds == 60.0


def test_after_a_new_start_the_seconds_since_it_count_and_those_left_over_from_the_last() -> None:
    _, mark = awake_seconds(None, now=600.0)
    left = awake.carry(mark, boot_id=BOOT, now=1600.0)

    seconds, _ = awake_seconds(left, now=50.0, boot_id=OTHER)
    unflagged, _ = awake_seconds(mark, now=50.0, boot_id=OTHER)

    assert seconds == 1050.0
    assert unflagged == 50.0


def test_an_agent_that_restarts_counts_no_second_twice() -> None:
    _, mark = awake_seconds(None, now=600.0)
    left = awake.carry(mark, boot_id=BOOT, now=700.0)

    seconds, _ = awake_seconds(left, now=720.0)

    assert seconds == 120.0


def test_a_clock_before_the_release_is_not_believed() -> None:
    assert not clock.is_believable(datetime(1970, 1, 1, tzinfo=UTC))
    assert not clock.is_believable(datetime(2025, 12, 31, tzinfo=UTC))
    assert clock.is_believable(NOW)


def test_a_clock_that_had_forgotten_the_time_is_told_once_when_it_knows_it_again() -> None:
    waited = clock.unbelievable(None, boot_id=BOOT)

    first = clock.SOURCE.look(HOST, past({"clock": waited}))
    second = clock.SOURCE.look(HOST, past({"clock": mark_of(first)}))

    check_on_wire(*first.failures)
    assert [(one.channel, one.code, one.occurred_at) for one in first.failures] == [("hardware", "clock_reset", NOW)]
    assert second.failures == ()


def test_a_clock_days_behind_the_last_report_is_told_once_a_start() -> None:
    last = clock.SOURCE.look(HOST, past({}))
    behind = past({"clock": mark_of(last)}, boot_id=OTHER, now=NOW - timedelta(days=30))

    first = clock.SOURCE.look(HOST, behind)
    second = clock.SOURCE.look(HOST, past({"clock": mark_of(first)}, boot_id=OTHER, now=NOW - timedelta(days=60)))

    assert [one.evidence for one in first.failures] == [{"seconds": 30 * 86_400.0}]
    assert second.failures == ()


def test_a_change_of_time_zone_is_no_failure() -> None:
    last = clock.SOURCE.look(HOST, past({}))

    told = clock.SOURCE.look(HOST, past({"clock": mark_of(last)}, boot_id=OTHER, now=NOW - timedelta(hours=14)))

    assert told.failures == ()
