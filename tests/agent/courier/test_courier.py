"""The courier on a real Mosquitto: what is acknowledged leaves the outbox, and nothing else does."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from rollcall_agent.courier import Broker, Courier, Credentials
from rollcall_agent.courier.backoff import CREDIT_AT_FIRST
from rollcall_agent.errors import ConfigError
from rollcall_agent.outbox import Outbox
from rollcall_wire import Ack, SchoolHours, Settings, Vitals
from rollcall_wire.messages import MESSAGE_BYTES_MAX, REPORTS_MAX, WINDOW_MESSAGES
from tests.support.brokers.mosquitto import Mosquitto, mosquitto
from tests.support.driving import Driver
from tests.support.stand_ins.acknowledging import AcknowledgingCollector, collecting

pytestmark = pytest.mark.mosquitto

PUBLISHER = "d-0123456789ab"
PASSWORD = "a-password"
NOW = datetime(2026, 3, 4, 10, 0, 5, tzinfo=UTC)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path, users={PUBLISHER: PASSWORD}) as running:
        yield running


@pytest.fixture
def collector(broker: Mosquitto) -> Iterator[AcknowledgingCollector]:
    with collecting(broker.host, broker.port) as running:
        yield running


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.db")
    made.start()
    yield made
    made.stop()


Made = Callable[..., Driver]


@pytest.fixture
def drive(broker: Mosquitto, outbox: Outbox) -> Iterator[Made]:
    made: list[Driver] = []

    def start(password: str = PASSWORD, settings: Callable[[Settings], None] = lambda _: None) -> Driver:
        courier = Courier(
            outbox=outbox,
            broker=Broker(host=broker.host, port=broker.port),
            credentials=Credentials(publisher=PUBLISHER, password=password),
            random=Random(7),
            on_settings=settings,
        )
        made.append(Driver(courier))
        courier.start(made[-1].now())
        return made[-1]

    yield start
    for driver in made:
        driver.courier.stop()


def fill(outbox: Outbox, count: int) -> None:
    bodies = [Vitals(battery_level_percent=float(level % 101)) for level in range(count)]
    outbox.add(bodies, device_id=PUBLISHER, now=NOW, hours=None)


def everything(outbox: Outbox) -> set[int]:
    return set(range(1, outbox.newest + 1))


def test_reports_stay_in_the_outbox_until_the_collector_says_that_they_are_kept(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made
) -> None:
    collector.has_acks = False
    fill(outbox, 3)

    driver = drive()
    driver.run_until(lambda: collector.received, what="the message")
    driver.run_for(0.2)
    before = outbox.waiting()
    collector.grant_everything()
    driver.run_until(lambda: outbox.waiting() == 0, what="the ack")

    assert before == 3
    assert collector.kept(PUBLISHER, outbox.epoch) == {1, 2, 3}
    assert len(collector.received) == 1


def test_never_more_than_the_window_is_on_its_way(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made
) -> None:
    collector.has_acks = False
    fill(outbox, 20_000)

    driver = drive()
    driver.run_until(lambda: len(collector.received) >= WINDOW_MESSAGES, what="a full window")
    driver.run_for(0.5)
    in_window = len(collector.received)
    collector.has_acks = True
    collector.grant_everything()
    driver.run_until(lambda: outbox.waiting() == 0, what="the rest")

    assert in_window == WINDOW_MESSAGES
    assert collector.outstanding_max == WINDOW_MESSAGES
    assert collector.kept(PUBLISHER, outbox.epoch) == everything(outbox)
    assert max(collector.arrivals.values()) == 1
    assert max(len(received.payload) for received in collector.received) <= MESSAGE_BYTES_MAX
    assert max(len(received.seqs) for received in collector.received) <= REPORTS_MAX


def test_a_broker_killed_again_and_again_loses_nothing_and_nothing_is_kept_twice(
    outbox: Outbox, broker: Mosquitto, collector: AcknowledgingCollector, drive: Made
) -> None:
    driver = drive()
    for _ in range(3):
        driver.run_until(lambda: driver.courier.is_connected, what="the connection")
        fill(outbox, 2_000)
        driver.run_for(0.01)
        broker.kill()
        fill(outbox, 100)
        driver.run_until(lambda: not driver.courier.is_connected, what="the loss")
        broker.start()

    collector.wait_until_listening()
    driver.run_until(lambda: outbox.waiting() == 0, seconds=30, what="everything")

    assert collector.kept(PUBLISHER, outbox.epoch) == everything(outbox)
    assert outbox.newest == 6_300


def test_without_an_ack_a_report_goes_out_again_after_half_a_minute_and_later_ever_more_rarely(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made
) -> None:
    collector.has_acks = False
    fill(outbox, 2)
    driver = drive()
    driver.run_until(lambda: collector.received, what="the message")
    sent_at = [driver.ahead]

    while len(sent_at) < 8:
        driver.ahead += 10
        driver.run_for(0.02)
        if len(collector.received) > len(sent_at):
            sent_at.append(driver.ahead)

    waits = [later - earlier for earlier, later in pairwise(sent_at)]
    assert [received.seqs for received in collector.received] == [(1, 2)] * 8
    assert all(30 <= wait <= 610 for wait in waits)
    assert max(waits[:2]) <= 100
    assert max(waits) > 150


def test_an_ack_of_another_epoch_is_ignored(outbox: Outbox, collector: AcknowledgingCollector, drive: Made) -> None:
    collector.ack_epoch = "f" * 16
    fill(outbox, 3)

    driver = drive()
    driver.run_until(lambda: collector.received, what="the message")
    driver.run_for(0.2)

    assert outbox.waiting() == 3


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b"\xff", b'{"epoch": 3}', b"[" * 50_000, b"null"])
def test_a_garbled_ack_harms_nothing(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made, payload: bytes
) -> None:
    driver = drive()
    driver.run_until(lambda: driver.courier.is_connected, what="the connection")

    collector.send_raw_ack(PUBLISHER, payload)
    fill(outbox, 3)
    driver.run_until(lambda: outbox.waiting() == 0, what="the acks")

    assert driver.courier.is_connected


def test_refused_reports_are_let_go_and_their_reason_is_logged_once(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made, caplog: pytest.LogCaptureFixture
) -> None:
    collector.refuses = {2: "clock_wrong"}
    fill(outbox, 3)

    driver = drive()
    with caplog.at_level(logging.WARNING, "rollcall.courier"):
        driver.run_until(lambda: outbox.waiting() == 0, what="the ack")
        collector.grant_everything()
        driver.run_for(0.2)

    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert "first_seq=2" in said[0]
    assert "replace its clock battery" in said[0]
    assert collector.kept(PUBLISHER, outbox.epoch) == {1, 3}


def test_one_unreadable_report_does_not_block_its_neighbours(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made, caplog: pytest.LogCaptureFixture
) -> None:
    collector.unreadable = {4}
    fill(outbox, 9)

    driver = drive()
    with caplog.at_level(logging.WARNING, "rollcall.courier"):
        driver.run_until(lambda: outbox.waiting() == 0, what="the rest")

    assert collector.kept(PUBLISHER, outbox.epoch) == everything(outbox) - {4}
    assert sorted(len(received.seqs) for received in collector.received) == [1] * 9 + [9]
    assert [record.getMessage()[:52] for record in caplog.records] == [
        "reports.refused reason=not_json count=1 first_seq=4:"
    ]


def test_the_collectors_credit_is_not_overdrawn(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made
) -> None:
    collector.credit = 2.0
    fill(outbox, 12_000)
    began = time.monotonic()

    drive().run_until(lambda: len(collector.received) >= 10, what="ten messages")
    seconds = time.monotonic() - began

    assert len(collector.received) <= CREDIT_AT_FIRST + collector.credit * seconds + 1


def test_wrong_credentials_are_noticed_and_the_right_ones_end_it(
    broker: Mosquitto, outbox: Outbox, collector: AcknowledgingCollector, drive: Made
) -> None:
    fill(outbox, 1)
    driver = drive(password="not-the-password")

    driver.run_until(lambda: driver.courier.refused_by_broker, what="the refusal")
    was_connected = driver.courier.is_connected
    broker.admit({PUBLISHER: "not-the-password"})
    driver.run_until(lambda: outbox.waiting() == 0, what="the ack")

    assert not was_connected
    assert not driver.courier.refused_by_broker
    assert driver.courier.is_connected


def test_a_revoked_publishers_live_session_is_cut_and_refused(broker: Mosquitto, outbox: Outbox, drive: Made) -> None:
    driver = drive()
    driver.run_until(lambda: driver.courier.is_connected, what="the connection")

    broker.admit({})
    driver.run_until(lambda: driver.courier.refused_by_broker, what="the refusal")

    assert not driver.courier.is_connected


def test_presence_is_said_and_a_lost_session_is_known_by_its_number(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made
) -> None:
    first = drive()
    first.run_until(lambda: first.courier.is_connected and len(collector.states) == 1, what="ready")
    connection = first.courier.socket()
    assert connection is not None
    connection.close()
    first.run_until(lambda: len(collector.states) >= 3, what="lost and ready again")

    first.courier.stop("sleeping")
    first.run_for(0.1)

    said = [state for publisher, state in collector.states if publisher == PUBLISHER]
    assert {"state": "lost", "session": 1} in said
    assert {"state": "ready", "session": 2, "epoch": outbox.epoch, "newest": 0} in said
    assert said[0] == {"state": "ready", "session": 1, "epoch": outbox.epoch, "newest": 0}
    assert said[-1] == {"state": "sleeping", "session": 2}
    assert not first.courier.is_connected


def test_settings_arrive_and_school_hours_make_the_sending_instant_exact(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made
) -> None:
    hours = SchoolHours(zone="UTC", days=(3,))
    collector.send_settings(PUBLISHER, Settings(vitals_minutes=5, school_hours=hours, send_again="word"))
    heard: list[Settings] = []
    driver = drive(settings=heard.append)
    driver.utc_now = lambda: NOW
    fill(outbox, 1)
    driver.run_until(lambda: outbox.waiting() == 0 and heard, what="the settings")

    fill(outbox, 1)
    driver.run_until(lambda: outbox.waiting() == 0, what="the second message")

    assert heard == [Settings(vitals_minutes=5, school_hours=hours, send_again="word")]
    sent = [json.loads(received.payload)["sent_at"] for received in collector.received]
    assert sent[-1] == "2026-03-04T10:00:05+00:00"
    assert sent[0] in {"2026-03-04T00:00:00+00:00", sent[-1]}


def test_with_nothing_to_do_the_loop_may_sleep_until_the_next_sign_of_life(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made
) -> None:
    fill(outbox, 1)
    driver = drive()
    driver.run_until(lambda: outbox.waiting() == 0, what="the ack")
    driver.run_for(0.3)

    before = driver.steps
    driver.run_for(1.0)

    assert 55 < driver.due - driver.now() <= 60
    assert driver.steps - before <= 3


def test_while_the_outbox_is_full_delivery_goes_on_and_acks_come_again(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made, caplog: pytest.LogCaptureFixture
) -> None:
    fill(outbox, 50)
    assert outbox._connection is not None
    driver = drive()
    driver.run_until(lambda: driver.courier.is_connected and outbox.waiting() == 0, what="the first acks")
    fill(outbox, 5)
    outbox._connection.execute("PRAGMA query_only = 1")  # as a full disk: reading works, writing does not

    driver.run_until(lambda: len(collector.received) == 2, what="the message")
    driver.run_for(0.2)
    kept_waiting = outbox.waiting()
    outbox._connection.execute("PRAGMA query_only = 0")
    driver.ahead += 61
    driver.run_until(lambda: outbox.waiting() == 0, what="the repeated ack")

    assert kept_waiting == 5
    assert collector.kept(PUBLISHER, outbox.epoch) == everything(outbox)


def test_an_ack_may_come_before_its_time_and_in_parts(
    outbox: Outbox, collector: AcknowledgingCollector, drive: Made
) -> None:
    collector.has_acks = False
    fill(outbox, 10)
    driver = drive()
    driver.run_until(lambda: collector.received, what="the message")

    ack = Ack(epoch=outbox.epoch, kept=((1, 4), (8, 10)), refused=(), now=NOW, credit=0.0)
    collector.send_ack(PUBLISHER, ack)
    driver.run_until(lambda: outbox.waiting() == 3, what="the ack")
    driver.ahead += 91
    driver.run_until(lambda: len(collector.received) == 2, what="the repeat")

    assert collector.received[-1].seqs == (5, 6, 7)


def test_a_plain_connection_to_another_machine_is_refused(outbox: Outbox) -> None:
    courier = Courier(
        outbox=outbox,
        broker=Broker(host="broker.example.org", port=1883),
        credentials=Credentials(publisher=PUBLISHER, password=PASSWORD),
        random=Random(7),
        on_settings=lambda _: None,
    )

    with pytest.raises(ConfigError, match="name its ca_file"):
        courier.start(0.0)


def test_a_denied_message_is_noticed_and_its_reports_stay(
    broker: Mosquitto, outbox: Outbox, drive: Made, caplog: pytest.LogCaptureFixture
) -> None:
    acl = broker.folder / "acl"
    acl.write_text(acl.read_text().replace("pattern write rollcall/v1/+/%u/reports\n", ""))
    broker.restart(keeps_files=True)
    fill(outbox, 3)
    driver = drive()

    with caplog.at_level(logging.WARNING, "rollcall.courier"):
        driver.run_until(lambda: caplog.records, what="the denial")

    assert caplog.records[0].getMessage() == ("broker.troubled reason=the broker denies messages: Not authorized")
    assert outbox.waiting() == 3
    assert driver.courier.is_connected
