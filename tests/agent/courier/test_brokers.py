"""The courier with TLS, and with a broker that speaks only MQTT 3.1.1."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from rollcall_agent.courier import Broker, Courier, Credentials
from rollcall_agent.errors import ConfigError
from rollcall_agent.outbox import Outbox
from rollcall_wire import Vitals
from tests.support.brokers.amqtt_broker import amqtt_broker
from tests.support.brokers.certificates import make_certificates
from tests.support.brokers.mosquitto import COLLECTOR, COLLECTOR_PASSWORD, free_port, mosquitto
from tests.support.driving import Driver
from tests.support.stand_ins.acknowledging import collecting
from tests.support.stand_ins.portal import answering

PUBLISHER = "d-0123456789ab"
PASSWORD = "a-password"
NOW = datetime(2026, 3, 4, 10, 0, 5, tzinfo=UTC)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.db")
    made.start()
    yield made
    made.stop()


def driver_to(
    outbox: Outbox, port: int, *, host: str = "127.0.0.1", ca_file: Path | None = None, password: str = PASSWORD
) -> Driver:
    courier = Courier(
        outbox=outbox,
        broker=Broker(host=host, port=port, ca_file=ca_file),
        credentials=Credentials(publisher=PUBLISHER, password=password),
        random=Random(7),
        on_settings=lambda _: None,
    )
    driver = Driver(courier)
    courier.start(driver.now())
    return driver


def fill(outbox: Outbox, count: int) -> None:
    outbox.add([Vitals(battery_level_percent=1.0)] * count, device_id=PUBLISHER, now=NOW, hours=None)


@pytest.mark.mosquitto
def test_with_tls_thousands_of_reports_arrive(tmp_path: Path, outbox: Outbox) -> None:
    ca_file = make_certificates(tmp_path)
    with (
        mosquitto(tmp_path, users={PUBLISHER: PASSWORD}, has_tls=True) as broker,
        collecting(broker.host, broker.port, ca_file=ca_file) as collector,
    ):
        fill(outbox, 20_000)
        driver = driver_to(outbox, broker.port, ca_file=ca_file)

        driver.run_until(lambda: outbox.waiting() == 0, what="the acks")
        driver.courier.stop()

        assert len(collector.kept(PUBLISHER, outbox.epoch)) == 20_000


@pytest.mark.mosquitto
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_with_another_authority_gets_nothing(tmp_path: Path, outbox: Outbox) -> None:
    make_certificates(tmp_path)
    (tmp_path / "other").mkdir()
    other = make_certificates(tmp_path / "other")
    with mosquitto(tmp_path, users={PUBLISHER: PASSWORD}, has_tls=True) as broker:
        driver = driver_to(outbox, broker.port, ca_file=other)

        driver.run_until(lambda: "its certificate is not trusted" in driver.courier._trouble, what="the refusal")

        assert not driver.courier.is_connected
        assert PUBLISHER not in broker.log()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("localhost", "20350101000000Z", "20360101000000Z"), "seems to be behind: set date and time"),
        (("localhost", "20200101000000Z", "20210101000000Z"), "is no longer valid"),
        (("portal.example", "20200101000000Z", "20360101000000Z"), "is for another name"),
    ],
)
def test_what_keeps_a_courier_from_its_broker_is_logged_in_words(
    wrong: tuple[str, str, str],
    words: str,
    tmp_path: Path,
    outbox: Outbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with answering(tmp_path, status=200, certificate=wrong[1:], name=wrong[0]) as server:
        port = int(server.url.rpartition(":")[2])
        driver = driver_to(outbox, port, host="localhost", ca_file=server.ca_file)

        with caplog.at_level(logging.WARNING, "rollcall.courier"):
            driver.run_until(lambda: caplog.records, what="the trouble")

    said = caplog.records[0].getMessage()
    assert said.startswith(f"broker.troubled reason=no connection to localhost:{port}: its certificate")
    assert words in said
    assert "[SSL" not in said
    assert "_ssl.c" not in said


def test_a_broker_that_nobody_runs_is_logged_in_words(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    driver = driver_to(outbox, free_port())

    with caplog.at_level(logging.WARNING, "rollcall.courier"):
        driver.step()

    assert "nobody listens there" in caplog.records[0].getMessage()
    assert "Errno" not in caplog.records[0].getMessage()


def test_a_ca_file_that_cannot_be_read_is_said_at_the_start(tmp_path: Path, outbox: Outbox) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        driver_to(outbox, 8883, ca_file=tmp_path / "none.pem")


def test_a_broker_that_speaks_only_the_older_mqtt_is_served_too(tmp_path: Path, outbox: Outbox) -> None:
    users = {PUBLISHER: PASSWORD, COLLECTOR: COLLECTOR_PASSWORD}
    with amqtt_broker(tmp_path, users) as port, collecting("127.0.0.1", port) as collector:
        fill(outbox, 2_000)
        driver = driver_to(outbox, port)

        driver.run_until(lambda: outbox.waiting() == 0, what="the acks")
        driver.courier.stop()

        assert len(collector.kept(PUBLISHER, outbox.epoch)) == 2_000
        assert collector.states[0][1]["state"] == "ready"


def test_the_older_brokers_refusal_is_noticed_too(tmp_path: Path, outbox: Outbox) -> None:
    with amqtt_broker(tmp_path, {PUBLISHER: PASSWORD}) as port:
        driver = driver_to(outbox, port, password="not-the-password")

        driver.run_until(lambda: driver.courier.refused_by_broker, what="the refusal")

        assert not driver.courier.is_connected


def test_without_a_broker_the_courier_waits_ever_longer_and_never_raises(outbox: Outbox) -> None:
    driver = driver_to(outbox, free_port())
    waits = []

    for _ in range(40):
        driver.step()
        waits.append(driver.due - driver.now())
        driver.ahead += max(0.0, waits[-1])

    assert max(waits[:3]) <= 4
    assert 10 < max(waits) <= 60
    assert driver.courier.socket() is None
    assert outbox.next_session() == 2  # a session that never began used up no number


def test_a_frozen_broker_is_noticed_within_seconds_of_connecting(tmp_path: Path, outbox: Outbox) -> None:
    with mosquitto(tmp_path, users={PUBLISHER: PASSWORD}) as broker:
        broker.freeze()
        driver = driver_to(outbox, broker.port)
        driver.step()
        started = time.monotonic()

        driver.ahead += 4
        driver.step()

        assert driver.courier.socket() is None
        assert time.monotonic() - started < 2


def test_a_broker_known_to_speak_the_older_mqtt_is_not_asked_for_the_newer(tmp_path: Path, outbox: Outbox) -> None:
    with amqtt_broker(tmp_path, {PUBLISHER: PASSWORD}) as port:
        courier = Courier(
            outbox=outbox,
            broker=Broker(host="127.0.0.1", port=port, is_modern=False),
            credentials=Credentials(publisher=PUBLISHER, password=PASSWORD),
            random=Random(7),
            on_settings=lambda _: None,
        )
        driver = Driver(courier)
        courier.start(driver.now())

        driver.run_until(lambda: courier.is_connected, seconds=2.5, what="the connection")
        courier.stop()
