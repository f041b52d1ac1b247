"""The courier of an outbox that was set back, or that another agent uses too, on a real Mosquitto."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from rollcall_agent.courier import Broker, Courier, Credentials
from rollcall_agent.outbox import Outbox
from rollcall_wire import Ack, Vitals
from tests.support.brokers.mosquitto import mosquitto
from tests.support.driving import Driver
from tests.support.stand_ins.acknowledging import AcknowledgingCollector, collecting

pytestmark = pytest.mark.mosquitto

PUBLISHER = "d-0123456789ab"
PASSWORD = "a-password"
NOW = datetime(2026, 3, 4, 10, 0, 5, tzinfo=UTC)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[AcknowledgingCollector]:
    with mosquitto(tmp_path, users={PUBLISHER: PASSWORD}) as broker, collecting(broker.host, broker.port) as running:
        yield running


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.db")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def driver(collector: AcknowledgingCollector, outbox: Outbox) -> Iterator[Driver]:
    made = Driver(
        Courier(
            outbox=outbox,
            broker=Broker(host=collector.host, port=collector.port),
            credentials=Credentials(publisher=PUBLISHER, password=PASSWORD),
            random=Random(7),
            on_settings=lambda _: None,
        )
    )
    yield made
    made.courier.stop()


def fill(outbox: Outbox, count: int) -> str:
    outbox.add([Vitals(battery_level_percent=1.0)] * count, device_id=PUBLISHER, now=NOW, hours=None)
    return outbox.epoch


def word(epoch: str, *kept: tuple[int, int], is_shared: bool | None = None) -> Ack:
    return Ack(epoch=epoch, kept=kept, refused=(), now=NOW, credit=9.0, is_shared=is_shared)


def test_what_several_runs_numbered_goes_out_in_messages_of_one_run_each(
    collector: AcknowledgingCollector, outbox: Outbox, driver: Driver
) -> None:
    epochs = []
    for size in (3, 7, 2):
        epochs.append(fill(outbox, size))
        outbox.stop()
        outbox.start()

    driver.courier.start(driver.now())
    driver.run_until(lambda: outbox.waiting() == 0, what="the acks")

    heads = [json.loads(one.payload) for one in collector.received]
    assert [(one["epoch"], len(one["reports"])) for one in heads] == [
        (epochs[0], 3),
        (epochs[1], 7),
        (epochs[2], 2),
    ]
    assert [one["first_seq"] for one in heads] == [1, 4, 11]
    assert [one["follows"] for one in heads[1:]] == [epochs[0], epochs[1]]
    assert max(collector.arrivals.values()) == 1


def test_a_publisher_says_under_which_epoch_it_numbers_and_how_far_it_has_come(
    collector: AcknowledgingCollector, outbox: Outbox, driver: Driver
) -> None:
    epoch = fill(outbox, 3)

    driver.courier.start(driver.now())
    driver.run_until(lambda: collector.states, what="its first word")

    assert collector.states[0][1] == {"state": "ready", "session": 1, "epoch": epoch, "newest": 3}


def test_where_the_collector_knows_more_than_was_numbered_what_is_new_goes_out_again_under_a_new_epoch(
    collector: AcknowledgingCollector, outbox: Outbox, driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    collector.has_acks = False
    old = fill(outbox, 2)
    driver.courier.start(driver.now())
    driver.run_until(lambda: collector.received, what="the message")

    collector.has_acks = True
    with caplog.at_level(logging.WARNING, "rollcall.courier"):
        collector.send_ack(PUBLISHER, word(old, (1, 5)))
        driver.run_until(lambda: outbox.waiting() == 0, what="the acks")

    assert collector.kept(PUBLISHER, outbox.epoch) == {1, 2}
    assert outbox.epoch != old
    assert "outbox.was_set_back" in caplog.text


def test_an_agent_that_shares_its_name_says_so_and_leaves_the_broker_to_the_other_for_a_while(
    collector: AcknowledgingCollector, outbox: Outbox, driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    driver.courier.start(driver.now())
    driver.run_until(lambda: driver.courier.is_connected and collector.states, what="the connection")

    with caplog.at_level(logging.WARNING, "rollcall.courier"):
        for _ in range(7):
            collector.send_ack(PUBLISHER, word(outbox.epoch, is_shared=True))
        driver.run_until(lambda: "another agent speaks" in caplog.text, what="the warning")
        driver.run_for(0.3)
    connection = driver.courier.socket()
    assert connection is not None
    connection.close()
    driver.run_until(lambda: not driver.courier.is_connected, what="the loss")

    assert 400 < driver.due - driver.now() <= 900
    driver.ahead += 900
    driver.run_until(lambda: driver.courier.is_connected, what="its next turn")
