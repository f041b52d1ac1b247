"""Both brokers let everybody say and hear their own, and nothing else; neither leaves anything behind."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from paho.mqtt import client as mqtt
from sqlalchemy import Engine

from rollcall_collector.broker.embedded import EmbeddedBroker
from rollcall_collector.broker.listening import Tls
from rollcall_collector.broker.mosquitto import MosquittoBroker
from rollcall_collector.identity.enrollment import Enrolled
from rollcall_wire.topics import topic
from tests.support.brokers.either import BROKERS, LOGIN, make_broker, running_broker
from tests.support.brokers.speaking import Speaker, speakers
from tests.support.identities import enroll_one, new_store, new_token
from tests.support.require import lacking
from tests.support.wait import wait_for


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def devices(engine: Engine) -> tuple[Enrolled, Enrolled]:
    return enroll_one(engine, hardware="a", serial=None), enroll_one(engine, hardware="b", serial=None)


@pytest.fixture(params=BROKERS)
def broker(
    request: pytest.FixtureRequest, engine: Engine, devices: object, tmp_path: Path
) -> Iterator[MosquittoBroker | EmbeddedBroker]:
    with running_broker(request.param, engine, tmp_path) as started:
        yield started


def _collector(port: int) -> Speaker:
    one = Speaker(port, LOGIN.user, LOGIN.password)
    assert one.subscribe("rollcall/v1/#") == [True]
    return one


def test_a_device_says_and_hears_its_own(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    name = devices[0].publisher
    with speakers(_collector(broker.port), Speaker(broker.port, name, devices[0].password)) as (collector, device):
        device.subscribe(topic(name, "acks"), topic(name, "settings"))

        device.say(topic(name, "reports"), b"report")
        device.say(topic(name, "state"), b"ready", is_retained=True)
        collector.say(topic(name, "acks"), b"ack")
        collector.say(topic(name, "settings"), b"settings", is_retained=True)

        wait_for(lambda: {(topic(name, "reports"), b"report"), (topic(name, "state"), b"ready")} <= {*collector.heard})
        wait_for(lambda: len(device.heard) == 2)
        assert {*device.heard} == {(topic(name, "acks"), b"ack"), (topic(name, "settings"), b"settings")}


def test_a_device_says_nothing_under_another_name(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    name, other = devices[0].publisher, devices[1].publisher
    foreign = [
        topic(other, "reports"),
        topic(other, "state"),
        topic(other, "acks"),
        topic(name, "acks"),
        topic(name, "settings"),
        f"rollcall/v1/{other}",
        "rollcall/v1/00/collector/reports",
        "elsewhere",
    ]
    with speakers(_collector(broker.port), Speaker(broker.port, name, devices[0].password)) as (collector, device):
        for one in foreign:
            device.say(one, b"foreign", is_retained=True)
        device.say(topic(name, "reports"), b"own")

        wait_for(lambda: collector.heard)
        assert collector.heard == [(topic(name, "reports"), b"own")]
    with Speaker(broker.port, LOGIN.user, LOGIN.password) as late:
        late.subscribe("rollcall/v1/#")
        late.say(topic(name, "acks"), b"last")
        wait_for(lambda: late.heard)
        assert late.heard == [(topic(name, "acks"), b"last")]


def test_a_device_hears_nothing_of_others(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    name, other = devices[0].publisher, devices[1].publisher
    with speakers(
        _collector(broker.port),
        Speaker(broker.port, other, devices[1].password),
        Speaker(broker.port, name, devices[0].password),
    ) as (collector, neighbour, nosy):
        neighbour.say(topic(other, "state"), b"kept for later", is_retained=True)
        wait_for(lambda: collector.heard)
        nosy.subscribe("#", "$SYS/#", "rollcall/v1/#", "rollcall/v1/+/+/acks", topic(other, "acks"))
        nosy.subscribe(topic(other, "state"), topic(other, "reports"), topic(name, "acks"))

        neighbour.say(topic(other, "reports"), b"theirs")
        collector.say(topic(other, "acks"), b"theirs")
        collector.say(topic(other, "settings"), b"theirs", is_retained=True)
        collector.say(topic(name, "acks"), b"own")

        wait_for(lambda: nosy.heard)
        assert nosy.heard == [(topic(name, "acks"), b"own")]
    with Speaker(broker.port, name, devices[0].password) as back:
        back.subscribe(topic(name, "acks"))
        with Speaker(broker.port, LOGIN.user, LOGIN.password) as collector:
            collector.say(topic(name, "acks"), b"own again")
            wait_for(lambda: back.heard)
        assert back.heard == [(topic(name, "acks"), b"own again")]


def test_nobody_comes_in_without_the_right_password(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    name = devices[0].publisher
    attempts = [
        ("", "", "anybody"),
        (name, "", name),
        (name, devices[1].password, name),
        ("d-nobody", devices[0].password, "d-nobody"),
        (LOGIN.user, "", LOGIN.user),
    ]

    answers = []
    for user, password, client_id in attempts:
        with Speaker(broker.port, user, password, client_id=client_id) as one:
            answers.append(one.answer)

    assert True not in answers


def test_nobody_pushes_another_out(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    name, other = devices[0].publisher, devices[1].publisher
    with speakers(_collector(broker.port), Speaker(broker.port, name, devices[0].password)) as (collector, device):
        device.subscribe(topic(name, "acks"))

        for claimed in (name, LOGIN.user):
            with Speaker(broker.port, other, "wrong", client_id=claimed) as stranger:
                assert stranger.answer is not True
            with Speaker(broker.port, other, devices[1].password, client_id=claimed) as neighbour:
                assert neighbour.answer
                neighbour.say(topic(other, "reports"), claimed.encode())
                expected = (topic(other, "reports"), claimed.encode())
                wait_for(lambda expected=expected: expected in collector.heard)  # type: ignore[misc]
        collector.say(topic(name, "acks"), b"still here")

        wait_for(lambda: device.heard)
        assert device.is_connected()
        assert collector.is_connected()


def test_a_device_that_comes_back_takes_the_place_of_its_old_connection(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    name = devices[0].publisher
    before = Speaker(broker.port, name, devices[0].password)
    with speakers(before, _collector(broker.port), Speaker(broker.port, name, devices[0].password)) as chosen:
        _, collector, after = chosen
        after.subscribe(topic(name, "acks"))
        wait_for(lambda: before.cuts)

        after.say(topic(name, "reports"), b"after")
        collector.say(topic(name, "acks"), b"ack")

        wait_for(lambda: after.heard)
        wait_for(lambda: collector.heard)
        assert after.is_connected()
        assert collector.heard[0] == (topic(name, "reports"), b"after")


def test_a_last_will_reaches_its_own_topic_only(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    name, other = devices[0].publisher, devices[1].publisher
    with _collector(broker.port) as collector:
        with Speaker(broker.port, other, devices[1].password, will=topic(name, "state")) as liar:
            if liar.answer:
                liar.vanish()
        with Speaker(broker.port, name, devices[0].password, will=topic(name, "state")) as honest:
            honest.vanish()

        wait_for(lambda: collector.heard)
        assert collector.heard == [(topic(name, "state"), b"will")]
    with _collector(broker.port) as late:
        wait_for(lambda: late.heard)
        assert late.heard == [(topic(name, "state"), b"will")]


def test_who_falls_silent_is_taken_for_lost(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    name = devices[0].publisher
    with speakers(
        _collector(broker.port),
        Speaker(broker.port, name, devices[0].password, will=topic(name, "state"), keepalive=1),
    ) as (collector, frozen):
        frozen.fall_silent()

        wait_for(lambda: collector.heard, seconds=8, what="the last will")
        assert collector.heard == [(topic(name, "state"), b"will")]


def test_what_is_too_large_arrives_nowhere_and_harms_nobody(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    name, other = devices[0].publisher, devices[1].publisher
    with speakers(
        _collector(broker.port),
        Speaker(broker.port, name, devices[0].password),
        Speaker(broker.port, other, devices[1].password),
    ) as (collector, large, neighbour):
        large.say(topic(name, "reports"), b"x" * 69_000)
        wait_for(lambda: collector.heard)
        large.say(topic(name, "reports"), b"x" * 20_000_000)
        wait_for(lambda: large.cuts, what="the end of the connection")
        neighbour.say(topic(other, "reports"), b"small")

        wait_for(lambda: len(collector.heard) == 2)
        assert [len(payload) for _, payload in collector.heard] == [69_000, 5]


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00" * 64,
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x10\xff\xff\xff\xff\xff",
        b"\x10\xff\xff\xff\x7f",
        b"\x10\x02\x00\x04",
        b"\x10\x00",
        b"\x30\x05\x00\x01ax",
        b"\x10\x10\x00\x04MQTT\x04\xc2\x00\x1e\x00\x00\x00\xff\xff\xff",
    ],
)
def test_garbage_ends_its_own_connection_only(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled], garbage: bytes
) -> None:
    name = devices[0].publisher
    with speakers(_collector(broker.port), Speaker(broker.port, name, devices[0].password)) as (collector, device):
        _answer(broker.port, garbage)
        device.say(topic(name, "reports"))

        wait_for(lambda: collector.heard)
        assert device.is_connected()


def test_a_client_of_another_mqtt_version_is_answered(
    broker: MosquittoBroker | EmbeddedBroker, devices: tuple[Enrolled, Enrolled]
) -> None:
    with Speaker(broker.port, devices[0].publisher, devices[0].password, protocol=mqtt.MQTTv5) as modern:
        assert modern.answer is isinstance(broker, MosquittoBroker)


def test_who_enrolls_while_it_runs_comes_in_and_nobody_else_is_disturbed(
    broker: MosquittoBroker | EmbeddedBroker, engine: Engine, devices: tuple[Enrolled, Enrolled]
) -> None:
    with Speaker(broker.port, devices[0].publisher, devices[0].password) as device:
        late = enroll_one(engine, hardware="c", serial=None)

        broker.refresh()

        def _comes_in() -> bool:
            with Speaker(broker.port, late.publisher, late.password) as one:
                return bool(one.answer)

        wait_for(_comes_in)
        assert device.is_connected()


def test_many_who_enroll_at_once_all_come_in_within_two_seconds(
    broker: MosquittoBroker | EmbeddedBroker, engine: Engine
) -> None:
    token = new_token(engine, uses=40)

    def _enroll_and_connect(number: int) -> float:
        enrolled = enroll_one(engine, hardware=chr(ord("A") + number), serial=None, token=token)
        began = time.monotonic()
        broker.refresh()

        def _comes_in() -> bool:
            with Speaker(broker.port, enrolled.publisher, enrolled.password) as device:
                return bool(device.answer)

        wait_for(_comes_in, what=f"{enrolled.publisher} to come in")
        return time.monotonic() - began

    with ThreadPoolExecutor(8) as pool:
        waited = list(pool.map(_enroll_and_connect, range(40)))

    assert len(waited) == 40
    assert max(waited) < 2


def test_who_enrolls_again_is_cut_and_the_old_password_is_dead(
    broker: MosquittoBroker | EmbeddedBroker, engine: Engine, devices: tuple[Enrolled, Enrolled]
) -> None:
    old = devices[0]
    with Speaker(broker.port, old.publisher, old.password) as before:
        new = enroll_one(engine, hardware="a", serial=None)
        broker.refresh()

        wait_for(lambda: before.cuts)

    with Speaker(broker.port, old.publisher, old.password) as stale:
        assert not stale.answer
    with Speaker(broker.port, new.publisher, new.password) as fresh:
        assert fresh.answer


@pytest.mark.parametrize("kind", BROKERS)
def test_a_taken_port_is_replaced_by_a_free_one(kind: str, engine: Engine, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = taken.getsockname()[1]
        with running_broker(kind, engine, tmp_path, port=wanted) as broker:
            assert broker.port != wanted
            with Speaker(broker.port, LOGIN.user, LOGIN.password) as collector:
                assert collector.answer


@pytest.mark.parametrize("kind", BROKERS)
def test_a_stopped_broker_leaves_no_port_and_can_start_again(kind: str, engine: Engine, tmp_path: Path) -> None:
    broker = make_broker(kind, engine, tmp_path)
    broker.start()
    port = broker.port
    with Speaker(port, LOGIN.user, LOGIN.password) as collector:
        broker.stop()
        wait_for(lambda: collector.cuts)

    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    broker.start()
    with Speaker(broker.port, LOGIN.user, LOGIN.password) as collector:
        assert collector.answer
    assert broker.port == port
    broker.stop()
    broker.stop()


@pytest.mark.parametrize("kind", BROKERS)
def test_a_broker_with_a_certificate_speaks_tls_alone(
    kind: str, engine: Engine, devices: tuple[Enrolled, Enrolled], tmp_path: Path
) -> None:
    tls = _certificate(tmp_path)
    with running_broker(kind, engine, tmp_path, tls=tls) as broker:
        with Speaker(broker.port, devices[0].publisher, devices[0].password, ca_file=str(tls.certificate)) as device:
            assert device.answer
        assert _answer(broker.port, b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x1e\x00\x00")[:1] != b"\x20"


def _answer(port: int, payload: bytes) -> bytes:
    """What the broker says to these bytes before it ends the connection, which it must."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as strange, contextlib.suppress(ConnectionError):
        strange.sendall(payload)
        with contextlib.suppress(OSError):
            strange.shutdown(socket.SHUT_WR)
        while chunk := strange.recv(1024):
            found += chunk
    return found


def _certificate(folder: Path) -> Tls:
    made = Tls(certificate=folder / "own.pem", key=folder / "own.key")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(made.certificate), "-keyout", str(made.key)]
    try:
        subprocess.run([*command.split(), *names], check=True, capture_output=True)
    except FileNotFoundError:
        lacking("openssl is not installed here")
    return made
