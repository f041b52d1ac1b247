"""The mirror gets everything once, in order, whatever InfluxDB answers, and ingest never waits for it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine

from rollcall_collector.store.parts.mirror import MirrorStatus, read_status
from tests.support.brokers.mosquitto import free_port
from tests.support.identities import new_store
from tests.support.listening import NOW, boot, device_id, enroll, failure, vitals
from tests.support.mirroring.influx import TOKEN, FakeInflux, Reply, fake_influx, problem
from tests.support.mirroring.mirrored import Mirrored

ME, OTHER = device_id(1), device_id(2)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    enroll(opened, 2)
    yield opened
    opened.dispose()


def status(mirrored: Mirrored) -> MirrorStatus:
    with mirrored.engine.connect() as connection:
        return read_status(connection, mirrored.clock())


def tell_some(mirrored: Mirrored, count: int = 8, first: int = 1) -> None:
    reports = [vitals(seq, ME, at=NOW + timedelta(minutes=seq)) for seq in range(first, first + count)]
    mirrored.tell(ME, *reports)


def told(fake: FakeInflux) -> int:
    return fake.count("vitals")


UNREADABLE = Reply(status=400, body=problem("invalid", "unable to parse 'vitals': bad timestamp"))
PARTIAL = Reply(status=400, body=problem("invalid", 'partial write: field type conflict: input field "x" dropped=1'))
BEYOND = Reply(
    status=422,
    body=problem(
        "unprocessable entity", "failure writing points: partial write: points beyond retention policy dropped=1"
    ),
)
LARGE = Reply(status=413, body=problem("request too large", "cannot read data: points batch is too large"))


def is_bad(line: str) -> bool:
    """The fourth report's vitals."""
    return line.startswith("vitals") and f"{int((NOW + timedelta(minutes=4)).timestamp())}" in line


@pytest.mark.parametrize(
    ("name", "decide", "arrived", "refused"),
    [
        ("400, a line nobody can read", lambda lines: UNREADABLE if any(map(is_bad, lines)) else Reply(), 7, 1),
        ("422, a line nobody takes", lambda lines: Reply(status=422) if any(map(is_bad, lines)) else Reply(), 7, 1),
        ("413, more than three lines", lambda lines: LARGE if len(lines) > 3 else Reply(), 8, 0),
        ("413, one line too large by itself", lambda lines: LARGE if any(map(is_bad, lines)) else Reply(), 7, 1),
    ],
)
def test_what_cannot_be_taken_is_left_out_and_its_neighbours_arrive(
    name: str, decide: Any, arrived: int, refused: int, engine: Engine
) -> None:
    with fake_influx(decide) as fake:
        mirrored = Mirrored(engine, fake.url)
        tell_some(mirrored)

        mirrored.drain()

        found = status(mirrored)
        assert (told(fake), found.state.refused_lines, found.state.trouble, found.waiting.lines) == (
            arrived,
            refused,
            "",
            0,
        )
        mirrored.close()


@pytest.mark.parametrize("answer", [PARTIAL, BEYOND], ids=["400", "422"])
def test_a_partial_write_is_taken_but_for_what_it_dropped(answer: Reply, engine: Engine) -> None:
    with fake_influx(lambda _: answer) as fake:
        mirrored = Mirrored(engine, fake.url)
        tell_some(mirrored)

        mirrored.drain()

        state = status(mirrored).state
        assert state.refused_lines == len(fake.requests)
        assert "partial write" in state.refused_why
        mirrored.close()


@pytest.mark.parametrize(
    ("answer", "said", "seconds"),
    [
        (Reply(status=401, body=problem("unauthorized", "unauthorized access")), "mirror.token_file a token", 1.0),
        (Reply(status=404, body=problem("not found", 'bucket "rollcall" not found')), "make the bucket", 1.0),
        (Reply(status=429, headers={"Retry-After": "37"}), "left alone", 37.0),
        (Reply(status=503, headers={"Retry-After": "12"}), "not available", 12.0),
        (Reply(status=503), "not available", 1.0),
        (Reply(status=500, body=problem("internal error", "unexpected error")), "look at its log", 1.0),
        (Reply(status=405), "no InfluxDB", 1.0),
        (Reply(status=400, body=problem("invalid", "org is required")), "refuses every line", 1.0),
    ],
    ids=lambda one: str(one.status) if isinstance(one, Reply) else "",
)
def test_what_is_not_taken_now_waits_is_said_and_arrives_later(
    answer: Reply, said: str, seconds: float, engine: Engine
) -> None:
    answers = [answer] * 2
    with fake_influx(lambda _: answers[0] if answers else Reply()) as fake:
        mirrored = Mirrored(engine, fake.url)
        tell_some(mirrored)

        mirrored.sender.turn()
        hindered = status(mirrored)
        early = len(fake.requests)
        mirrored.clock.move(seconds - 0.5)
        mirrored.sender.turn()
        asked_early = len(fake.requests) - early
        answers.clear()
        mirrored.drain()

        assert said in hindered.state.trouble
        assert hindered.state.next_try_at == NOW + timedelta(seconds=seconds)
        assert hindered.waiting.lines == 10  # with the two devices as they stand
        assert asked_early == 0
        assert (told(fake), status(mirrored).state.trouble, status(mirrored).state.refused_lines) == (8, "", 0)
        mirrored.close()


def test_retry_after_may_be_an_instant(engine: Engine) -> None:
    at = NOW + timedelta(seconds=90)
    with fake_influx(lambda _: Reply(status=503, headers={"Retry-After": f"{at:%a, %d %b %Y %H:%M:%S} GMT"})) as fake:
        mirrored = Mirrored(engine, fake.url)
        tell_some(mirrored)

        mirrored.sender.turn()

        assert status(mirrored).state.next_try_at == at
        mirrored.close()


def test_a_new_token_is_read_from_its_file_and_none_is_ever_said(
    engine: Engine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "token"
    file.write_text("wrong-token\n")
    with fake_influx() as fake, structlog.testing.capture_logs() as logs:
        fake.decide = lambda _: Reply() if fake.tokens[-1] == f"Token {TOKEN}" else Reply(status=401)
        mirrored = Mirrored(engine, fake.url, file)
        tell_some(mirrored)
        mirrored.sender.turn()
        file.write_text(f"{TOKEN}\n")

        mirrored.drain()

        assert told(fake) == 8
        assert set(fake.tokens) == {"Token wrong-token", f"Token {TOKEN}"}
        kept = repr(status(mirrored)) + repr(logs) + repr(mirrored.influx.__dict__["_settings"])
        assert [one for one in ("wrong-token", TOKEN) if one in kept + "".join(capfd.readouterr())] == []
        mirrored.close()


def test_each_series_arrives_in_order_and_nothing_twice(engine: Engine) -> None:
    answers = iter([Reply(), Reply(status=503), Reply(), LARGE, Reply(status=500)])
    with fake_influx(lambda _: next(answers, Reply())) as fake:
        mirrored = Mirrored(engine, fake.url)
        for seq in range(1, 41):
            for name in (ME, OTHER):
                mirrored.tell(name, vitals(seq, name, at=NOW + timedelta(minutes=seq)))
            if seq % 10 == 0:
                mirrored.sender.turn()
                mirrored.clock.move(60)

        mirrored.drain()

        instants: dict[str, list[int]] = {ME: [], OTHER: []}
        taken = {(series, at) for series, at in fake.points if series.startswith("vitals")}
        for series, at in fake.points:  # in the order in which they arrived first
            if series.startswith("vitals"):
                instants[ME if ME in series else OTHER].append(int(at))
        assert len(taken) == 80
        assert all(earlier < later for told in instants.values() for earlier, later in pairwise(told))
        mirrored.close()


def test_ten_days_without_influxdb_hold_nothing_up_and_all_arrives(engine: Engine) -> None:
    """The clock is the test's own: ten days of it pass in seconds, three hours by three."""
    port = free_port()
    mirrored = Mirrored(engine, f"http://127.0.0.1:{port}")
    waits = []
    for turn in range(80):
        at = mirrored.clock()
        mirrored.tell(ME, vitals(turn + 1, ME, at=at), boot(1_000 + turn, ME, at=at))
        waits.append(mirrored.sender.turn())
        mirrored.clock.move(3 * 3_600)
    away = status(mirrored)
    lag_seconds = away.lag_seconds(mirrored.clock())

    with fake_influx(port=port) as fake:
        mirrored.drain()

        assert (fake.count("vitals"), fake.count("boot")) == (80, 80)
        assert [lines[0].partition(",")[0] for lines in fake.requests] == ["mirror", "boot"]
    assert away.state.troubled_at == NOW
    assert "does not answer" in away.state.trouble
    assert lag_seconds == timedelta(days=10).total_seconds()
    assert max(waits) <= 60
    mirrored.close()


def test_what_waits_too_large_makes_room_and_the_gap_is_said(engine: Engine) -> None:
    mirrored = Mirrored(engine, f"http://127.0.0.1:{free_port()}", outbox_bytes=3_000)
    for seq in range(1, 41):
        mirrored.tell(ME, vitals(seq, ME, at=mirrored.clock()))
        mirrored.sender.turn()
        mirrored.clock.move(61)

    found = status(mirrored)

    assert found.waiting.size_bytes <= 3_000
    assert found.state.dropped_lines + found.waiting.lines == 42  # with the two devices as they stand
    assert found.state.dropped_first_at == NOW
    assert found.state.dropped_last_at is not None
    assert found.waiting.oldest_at is not None
    assert found.state.dropped_last_at < found.waiting.oldest_at
    mirrored.close()


def test_failures_of_one_second_and_one_day_stay_apart(engine: Engine) -> None:
    with fake_influx() as fake:
        mirrored = Mirrored(engine, fake.url)
        same_day = [failure(seq, ME) | {"precision": "day"} for seq in range(1, 6)]
        for one in same_day:
            one["body"]["occurred_at"] = one["recorded_at"] = NOW.replace(hour=0).isoformat()
        mirrored.tell(ME, *same_day, *(failure(seq, ME) for seq in range(6, 11)))

        mirrored.drain()

        assert len({int(at) // 1_000_000 for series, at in fake.points if series.startswith("failure")}) == 10
        mirrored.close()
