"""An outbox that is an older copy, or in use twice: counted once, lost never, and told to the technician."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.jobs.retention import clean_up
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.copies import SetBacks, find_set_backs, list_shared
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.tables import boots, device_days, watermarks
from rollcall_wire import Ack
from rollcall_wire.encoding import decode_ack
from rollcall_wire.topics import topic
from tests.support.listening import NOW, boot, device_id, enroll, failure, message, vitals

ME = device_id(1)
FIRST, SECOND, THIRD, FOURTH = ("f1" * 8, "52" * 8, "d3" * 8, "a4" * 8)


@pytest.fixture
def intake(engine: Engine) -> Iterator[Intake]:
    enroll(engine, 2)
    registry = Registry(engine)
    registry.refresh()
    made = Intake(engine=engine, registry=registry, clock=lambda: NOW)
    yield made
    made.forget()


def bring(
    intake: Intake, *reports: dict[str, Any], epoch: str, follows: Any = None, first_seq: Any = None
) -> list[tuple[int, int]]:
    """One message; returns what its ack says is kept."""
    told = {name: value for name, value in {"follows": follows, "first_seq": first_seq}.items() if value is not None}
    payload = message(ME, reports, epoch=epoch, **told)
    (ack,) = answers(intake.receive([Arrived(topic(ME, "reports").encode(), payload, 1)]))
    return list(ack.kept)


def connect(intake: Intake, *, epoch: str, newest: int, is_retained: bool = False) -> list[Ack]:
    """A publisher says that it is there; returns what the collector answers."""
    payload = json.dumps({"state": "ready", "session": 1, "epoch": epoch, "newest": newest}).encode()
    arrived = Arrived(topic(ME, "state").encode(), payload, 1, is_retained=is_retained)
    return answers(intake.receive([arrived]))


def answers(acks: list[tuple[bytes, bytes]]) -> list[Ack]:
    return [decode_ack(payload) for _, payload in acks]


def counted(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.sum(device_days.c.failures))).scalar_one() or 0)


def set_backs(engine: Engine) -> SetBacks | None:
    with engine.connect() as connection:
        return find_set_backs(connection, Scope.all(), 1)


def marks(engine: Engine) -> dict[str, tuple[int, str]]:
    query = sa.select(watermarks.c.epoch, watermarks.c.upto, watermarks.c.ranges)
    with engine.connect() as connection:
        return {row.epoch: (row.upto, row.ranges) for row in connection.execute(query)}


def test_two_copies_that_gave_the_same_numbers_to_different_facts_are_both_counted(
    engine: Engine, intake: Intake
) -> None:
    bring(intake, failure(1, ME), epoch=FIRST)

    bring(intake, failure(2, ME), failure(3, ME), epoch=SECOND, follows=FIRST, first_seq=2)
    bring(intake, failure(2, ME), failure(3, ME), epoch=THIRD, follows=FIRST, first_seq=2)

    assert counted(engine) == 5
    assert set_backs(engine) == SetBacks(count=1, last_at=NOW)


def test_what_a_copy_held_already_is_known_as_a_repeat_however_often_it_comes(engine: Engine, intake: Intake) -> None:
    bring(intake, failure(1, ME), failure(2, ME), epoch=FIRST)

    kept = [bring(intake, failure(1, ME), failure(2, ME), epoch=FIRST) for _ in range(3)]

    assert kept == [[(1, 2)]] * 3
    assert counted(engine) == 2


def test_a_copy_is_noticed_where_the_run_it_was_taken_from_went_on(engine: Engine, intake: Intake) -> None:
    bring(intake, failure(1, ME), failure(2, ME), failure(3, ME), epoch=FIRST)

    bring(intake, failure(2, ME), epoch=SECOND, follows=FIRST, first_seq=2)

    assert counted(engine) == 4
    assert set_backs(engine) == SetBacks(count=1, last_at=NOW)


def test_every_start_from_the_same_copy_is_noticed_even_while_the_collector_remembers_nothing(
    engine: Engine, intake: Intake
) -> None:
    bring(intake, failure(1, ME), epoch=FIRST)

    for epoch in (SECOND, THIRD, FOURTH):
        intake.forget()
        bring(intake, failure(2, ME), epoch=epoch, follows=FIRST, first_seq=2)

    assert counted(engine) == 4
    assert set_backs(engine) == SetBacks(count=2, last_at=NOW)


def test_every_start_from_a_copy_that_had_told_nothing_is_noticed_too(engine: Engine, intake: Intake) -> None:
    for epoch in (SECOND, THIRD, FOURTH):
        bring(intake, failure(1, ME), epoch=epoch, follows=FIRST, first_seq=1)

    assert counted(engine) == 3
    assert set_backs(engine) == SetBacks(count=2, last_at=NOW)


def test_what_an_older_run_had_still_to_tell_may_come_after_what_follows_it(engine: Engine, intake: Intake) -> None:
    bring(intake, failure(3, ME), epoch=SECOND, follows=FIRST, first_seq=3)

    kept = bring(intake, failure(1, ME), failure(2, ME), epoch=FIRST)

    assert kept == [(1, 2)]
    assert counted(engine) == 3
    assert set_backs(engine) is None


def test_messages_of_several_runs_in_any_order_within_a_batch_are_all_kept(engine: Engine, intake: Intake) -> None:
    payloads = [
        message(ME, [failure(4, ME)], epoch=THIRD, follows=SECOND, first_seq=4),
        message(ME, [failure(2, ME), failure(3, ME)], epoch=SECOND, follows=FIRST, first_seq=2),
        message(ME, [failure(1, ME)], epoch=FIRST),
    ]

    acks = answers(intake.receive([Arrived(topic(ME, "reports").encode(), one, 1) for one in payloads]))

    assert [(ack.epoch, ack.kept) for ack in acks] == [
        (THIRD, ((4, 4),)),
        (SECOND, ((2, 3),)),
        (FIRST, ((1, 1),)),
    ]
    assert counted(engine) == 4
    assert set_backs(engine) is None


def test_copies_are_told_apart_within_one_batch(engine: Engine, intake: Intake) -> None:
    bring(intake, failure(1, ME), epoch=FIRST)
    payloads = [message(ME, [failure(2, ME)], epoch=epoch, follows=FIRST, first_seq=2) for epoch in (SECOND, THIRD)]

    intake.receive([Arrived(topic(ME, "reports").encode(), one, 1) for one in payloads])

    assert counted(engine) == 3
    assert set_backs(engine) == SetBacks(count=1, last_at=NOW)


def test_ordinary_starts_one_after_another_are_no_set_back(engine: Engine, intake: Intake) -> None:
    chain = (FIRST, SECOND, THIRD, FOURTH)
    for seq, (epoch, before) in enumerate(zip(chain, (None, *chain), strict=False), 1):
        bring(intake, failure(seq, ME), epoch=epoch, follows=before, first_seq=seq if before else None)

    assert counted(engine) == 4
    assert set_backs(engine) is None
    assert marks(engine) == {epoch: (seq, "[]") for seq, epoch in enumerate(chain, 1)}


def test_an_older_agent_that_says_nothing_of_its_runs_is_kept_as_before(engine: Engine, intake: Intake) -> None:
    assert bring(intake, failure(7, ME), failure(8, ME), epoch=FIRST) == [(7, 8)]

    assert counted(engine) == 2
    assert marks(engine) == {FIRST: (0, "[[7,8]]")}
    assert set_backs(engine) is None


@pytest.mark.parametrize(
    ("follows", "first_seq"),
    [("x", 5), (7, 5), ("bad\nname", 5), (FIRST, "5"), (FIRST, 0), (FIRST, -1), (FIRST, 2**60), (FIRST, 6), ([], {})],
)
def test_nonsense_about_runs_costs_no_report(engine: Engine, intake: Intake, follows: Any, first_seq: Any) -> None:
    kept = bring(intake, failure(5, ME), failure(6, ME), epoch=SECOND, follows=follows, first_seq=first_seq)

    assert kept == [(5, 6)]
    assert counted(engine) == 2


def test_a_bad_report_in_the_first_message_of_a_run_hides_no_set_back(engine: Engine, intake: Intake) -> None:
    bring(intake, failure(1, ME), failure(2, ME), epoch=FIRST)

    bring(intake, {"seq": 2}, failure(3, ME), epoch=SECOND, follows=FIRST, first_seq=2)

    assert counted(engine) == 3
    assert set_backs(engine) == SetBacks(count=1, last_at=NOW)
    assert marks(engine)[SECOND] == (3, "[]")


def test_how_the_run_before_ended_is_unknown_where_a_copy_says_it(engine: Engine, intake: Intake) -> None:
    bring(intake, failure(1, ME), failure(2, ME), epoch=FIRST)

    bring(
        intake,
        boot(2, ME, previous_stop="unclean", stop_cause="crash", stop_code="0x1e"),
        epoch=SECOND,
        follows=FIRST,
        first_seq=2,
    )
    bring(intake, boot(3, ME, previous_stop="unclean"), epoch=THIRD, follows=SECOND, first_seq=3)

    told = sa.select(boots.c.previous_stop, boots.c.stop_cause, boots.c.stop_code).order_by(boots.c.boot)
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(told)] == [
            ("unknown", "unknown", None),
            ("unclean", "unknown", None),
        ]
        assert connection.execute(sa.select(sa.func.sum(device_days.c.unclean_stops))).scalar_one() == 1


def test_who_connects_hears_nothing_while_all_is_well(intake: Intake) -> None:
    unknown = connect(intake, epoch=FIRST, newest=0)
    bring(intake, failure(1, ME), failure(2, ME), epoch=FIRST)

    known = [connect(intake, epoch=FIRST, newest=newest) for newest in (2, 9)]

    assert [unknown, *known] == [[], [], []]


def test_a_run_of_which_more_is_kept_than_it_numbered_is_told_all_that_is_kept(engine: Engine, intake: Intake) -> None:
    bring(intake, failure(4, ME), failure(5, ME), failure(8, ME), epoch=SECOND, follows=FIRST, first_seq=4)

    (answer,) = connect(intake, epoch=SECOND, newest=6)

    assert (answer.epoch, answer.kept, answer.is_shared) == (SECOND, ((1, 5), (8, 8)), None)


def test_a_connection_after_which_the_first_message_comes_spoils_nothing(engine: Engine, intake: Intake) -> None:
    bring(intake, failure(1, ME), epoch=FIRST)
    connect(intake, epoch=SECOND, newest=1)

    bring(intake, failure(2, ME), epoch=SECOND, follows=FIRST, first_seq=2)

    assert marks(engine)[SECOND] == (2, "[]")


def test_two_agents_of_one_name_are_told_and_named(engine: Engine, intake: Intake) -> None:
    said = [connect(intake, epoch=epoch, newest=0) for epoch in (FIRST, SECOND, FIRST, SECOND)]

    assert said[:2] == [[], []]
    assert [ack.is_shared for acks in said[2:] for ack in acks] == [True, True]
    with engine.connect() as connection:
        (shared,) = list_shared(connection, Scope.all(), since=NOW - timedelta(days=1))
        assert list_shared(connection, Scope.all(), since=NOW + timedelta(seconds=1)) == ()
    assert (shared.publisher, shared.device_id, shared.count, shared.last_at) == (ME, ME, 2, NOW)


def test_one_agent_that_connects_again_and_again_or_starts_anew_shares_its_name_with_nobody(
    engine: Engine, intake: Intake
) -> None:
    for epoch in (FIRST, FIRST, SECOND, SECOND, THIRD, FOURTH):
        assert connect(intake, epoch=epoch, newest=0) == []

    with engine.connect() as connection:
        assert list_shared(connection, Scope.all(), since=NOW - timedelta(days=1)) == ()


def test_what_the_broker_held_is_no_connection(intake: Intake) -> None:
    connect(intake, epoch=FIRST, newest=0)
    connect(intake, epoch=SECOND, newest=0)

    assert connect(intake, epoch=FIRST, newest=0, is_retained=True) == []


def test_epochs_that_no_copy_can_bring_any_more_are_removed_and_the_newest_stays(
    engine: Engine, intake: Intake
) -> None:
    bring(intake, vitals(1, ME), epoch=FIRST)
    bring(intake, vitals(2, ME), epoch=SECOND, follows=FIRST, first_seq=2)

    soon = clean_up(engine, NOW + timedelta(days=400), refusals_days=90, audit_days=400)
    late = clean_up(engine, NOW + timedelta(days=431), refusals_days=90, audit_days=400)

    assert (soon.epochs, late.epochs) == (0, 1)
    assert set(marks(engine)) == {SECOND}
