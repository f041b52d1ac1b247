"""Whoever says how much: each publisher is read as far as its allowance goes, in turn, and who is far over is named."""

import pytest

from rollcall_collector.ingest.allowance import (
    A_SECOND,
    AT_ONCE,
    BATCH_BYTES,
    FAR_OVER,
    PUT_OFF_SECONDS,
    TURN_MESSAGES,
    Flooder,
    Turns,
)
from rollcall_collector.ingest.mqtt_socket import Arrived

WINDOW = 20
CREDIT_MAX = 20


def say(name: str, count: int = 1, *, bucket: str = "07", leaf: str = "reports", size: int = 10) -> list[Arrived]:
    topic = f"rollcall/v1/{bucket}/{name}/{leaf}".encode()
    return [Arrived(topic, b"x" * size, mid) for mid in range(count)]


def who(taken: list[Arrived]) -> list[str]:
    return [one.topic.split(b"/")[3].decode() for one in taken]


def test_the_first_report_of_another_is_kept_before_the_backlog_of_a_flood() -> None:
    turns = Turns()

    turns.add(say("flood", 100), 0.0)
    turns.add(say("honest"), 0.0)

    assert "honest" in who(turns.take(2 * TURN_MESSAGES))


def test_a_publishers_own_messages_keep_their_order_over_all_its_topics() -> None:
    turns = Turns()
    told = [one for pair in zip(say("d", 9), say("d", 9, leaf="state"), strict=True) for one in pair]

    turns.add(told, 0.0)
    turns.add(say("other", 30), 0.0)
    taken = [one for _ in range(10) for one in turns.take(7)]

    assert [one for one in taken if b"/d/" in one.topic] == told
    assert turns.count == 0


def test_a_batch_is_bounded_by_its_bytes_too() -> None:
    turns = Turns()
    turns.add(say("d", 100, size=60_000), 0.0)

    taken = turns.take(500)

    assert sum(len(one.payload) for one in taken) <= BATCH_BYTES + TURN_MESSAGES * 60_000
    assert turns.count == 100 - len(taken)


@pytest.mark.parametrize("topics", ["one", "many buckets", "both leaves"])
def test_nothing_beyond_its_allowance_is_read_whatever_the_topic_says_besides(topics: str) -> None:
    turns = Turns()

    for second in range(10):
        for number in range(1_000):
            bucket = f"{number % 64:02d}" if topics == "many buckets" else "07"
            leaf = "state" if topics == "both leaves" and number % 2 else "reports"
            turns.add(say("flood", bucket=bucket, leaf=leaf), float(second))

    assert turns.count <= AT_ONCE + 10 * A_SECOND


def test_what_an_honest_device_may_send_is_always_read() -> None:
    turns = Turns()

    now = read = said = 0.0
    for _ in range(600):  # a minute at the highest credit, with the whole window again after each reconnection
        now += 0.1
        count = CREDIT_MAX // 10 + (WINDOW if round(now, 1) % 5 == 0 else 0)
        turns.add(say("honest", count), now)
        said += count
        read += len(turns.take(500))
        assert turns.look(now) == []

    assert read == said


def test_who_is_far_over_is_named_and_not_read_until_its_time_is_over() -> None:
    turns = Turns()
    turns.add(say("flood", FAR_OVER + int(AT_ONCE)), 0.0)

    [named] = turns.look(0.1)
    turns.take(1_000)
    turns.add(say("flood"), PUT_OFF_SECONDS - 1)
    while_off = turns.count
    turns.add(say("flood"), PUT_OFF_SECONDS + 1)

    assert (named.name, named.goes_on, named.not_read) == ("flood", False, FAR_OVER)
    assert (while_off, turns.count) == (0, 1)


def test_who_goes_on_is_named_once_more_and_then_once_a_minute() -> None:
    turns = Turns()
    turns.add(say("flood", 2 * FAR_OVER), 0.0)
    assert [one.goes_on for one in turns.look(0.0)] == [False]

    named: list[Flooder] = []
    for second in range(1, 120):
        turns.add(say("flood", FAR_OVER), float(second))
        named += turns.look(float(second))

    assert [one.goes_on for one in named] == [True, True]


def test_too_much_now_and_then_is_no_flood() -> None:
    turns = Turns()

    for minute in range(60):
        turns.add(say("eager", int(AT_ONCE) + FAR_OVER // 2), minute * 60.0)
        assert turns.look(minute * 60.0 + 1) == []
        assert turns.look(minute * 60.0 + 12) == []


def test_thousands_of_names_are_forgotten_once_they_are_quiet() -> None:
    turns = Turns()
    for number in range(5_000):
        turns.add(say(f"d-{number}"), 0.0)
    while turns.count:
        turns.take(500)

    turns.look(60.0)

    assert len(turns._purses) == 0
