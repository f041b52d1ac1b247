"""The extension's MQTT, spoken by a real browser's WebSocket to both brokers of `rollcall up`."""

import asyncio
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from rollcall_collector.broker.embedded import EmbeddedBroker
from rollcall_collector.broker.listening import Tls
from rollcall_collector.broker.mosquitto import MosquittoBroker
from rollcall_wire.topics import topic
from tests.support.brokers.certificates import make_certificates
from tests.support.brokers.either import BROKERS, LOGIN, make_broker
from tests.support.brokers.speaking import Speaker
from tests.support.identities import enroll_one, new_store
from tests.support.wait import wait_for

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto]

_MQTT = Subprotocol("mqtt")
_CONNECT = """
const { Connection } = await import("/mqtt/connection.js");
const all = (window.told = []);
const will = { topic: given.state, payload: new TextEncoder().encode("lost") };
const tell = (one) => all.push(one.payload ? { ...one, payload: new TextDecoder().decode(one.payload) } : one);
window.connection = new Connection({ ...given, will, tell });
window.connection.open();
"""
_TOLD = "() => window.told"


@pytest.fixture(params=BROKERS)
def broker(request: Any, tmp_path: Path) -> Iterator[tuple[MosquittoBroker | EmbeddedBroker, dict[str, Any]]]:
    """A running broker and how one device signs in there."""
    engine = new_store(tmp_path)
    one = enroll_one(engine)
    started = make_broker(request.param, engine, tmp_path, websocket_port=0)
    started.start()
    yield (
        started,
        {
            "url": f"ws://127.0.0.1:{started.websocket_port}/mqtt",
            "publisher": one.publisher,
            "password": one.password,
            "state": topic(one.publisher, "state"),
            "isModern": request.param == "mosquitto",
        },
    )
    started.stop()
    engine.dispose()


def _connect(page: Page, given: dict[str, Any]) -> None:
    page.evaluate(f"async (given) => {{ {_CONNECT} }}", given)


def _await(page: Page, kind: str) -> dict[str, Any]:
    def found() -> Any:
        return next((one for one in page.evaluate(_TOLD) if one["kind"] == kind), None)

    one: dict[str, Any] = wait_for(found, what=f"'{kind}'")
    return one


@pytest.mark.parametrize("is_modern", [True, False])
def test_what_is_said_is_heard_on_both_sides(page: Page, broker: Any, is_modern: bool) -> None:
    started, given = broker
    name = given["publisher"]
    with Speaker(started.port, LOGIN.user, LOGIN.password) as collector:
        collector.subscribe("rollcall/v1/+/+/reports", "rollcall/v1/+/+/state")
        _connect(page, given | {"isModern": is_modern and given["isModern"]})
        _await(page, "accepted")
        said = "x" * 60_000 + "é"

        page.evaluate("(topics) => window.connection.subscribe(...topics)", [topic(name, "acks")])
        page.evaluate(
            "([to, text]) => { window.mid = window.connection.publish(to, new TextEncoder().encode(text)); }",
            [topic(name, "reports"), said],
        )
        confirmed = _await(page, "confirmed")
        wait_for(lambda: collector.heard, what="the report")
        collector.say(topic(name, "acks"), "gehört ✓".encode())
        heard = _await(page, "heard")

        assert (confirmed["mid"], confirmed["denied"]) == (page.evaluate("() => window.mid"), None)
        assert collector.heard == [(topic(name, "reports"), said.encode())]
        assert (heard["topic"], heard["payload"], heard["isRetained"]) == (topic(name, "acks"), "gehört ✓", False)
        page.evaluate("() => window.connection.close()")


def test_who_is_gone_without_a_goodbye_is_lost_and_with_one_is_not(page: Page, broker: Any) -> None:
    started, given = broker
    with Speaker(started.port, LOGIN.user, LOGIN.password) as collector:
        collector.subscribe("rollcall/v1/+/+/state")
        for is_polite in (True, False):
            _connect(page, given)
            _await(page, "accepted")
            page.evaluate("(to) => window.connection.publish(to, new TextEncoder().encode('ready'))", given["state"])
            _await(page, "confirmed")
            page.evaluate("(polite) => polite ? window.connection.close() : window.location.reload()", is_polite)

        wait_for(lambda: len(collector.heard) >= 3, what="the last will")

        assert [payload for _, payload in collector.heard] == [b"ready", b"ready", b"lost"]


def test_a_wrong_password_is_refused_as_such(page: Page, broker: Any) -> None:
    _, given = broker

    _connect(page, given | {"password": "wrong"})

    assert _await(page, "refused")["hasWrongCredentials"] is True
    assert _await(page, "lost")["reason"].startswith("refused")


def test_a_broker_that_does_not_know_mqtt_5_says_so(page: Page, broker: Any) -> None:
    _, given = broker

    _connect(page, given | {"isModern": True})

    found = wait_for(lambda: [one for one in page.evaluate(_TOLD) if one["kind"] in {"accepted", "refused"}])
    assert found[0]["kind"] == "accepted" if given["isModern"] else found[0]["hasWrongVersion"]


def test_anothers_topic_is_closed(page: Page, broker: Any) -> None:
    started, given = broker
    with Speaker(started.port, LOGIN.user, LOGIN.password) as collector:
        collector.subscribe("rollcall/v1/+/+/reports")
        _connect(page, given)
        _await(page, "accepted")

        for to in (topic("d-000000000000", "reports"), topic(given["publisher"], "reports")):
            page.evaluate("(to) => window.connection.publish(to, new TextEncoder().encode('said'))", to)
        wait_for(lambda: collector.heard, what="the own report")

        assert collector.topics() == [topic(given["publisher"], "reports")]
        if given["isModern"]:
            wait_for(lambda: [one.get("denied") for one in page.evaluate(_TOLD)].count(0x87) == 1, what="the denial")


async def _knock(address: str, trusted: ssl.SSLContext) -> str | bytes:
    """What a sign-in is answered. In one thread: where one reads and another writes, Python's TLS may lose what is sent."""
    async with connect(address, ssl=trusted, subprotocols=[_MQTT]) as socket:
        await socket.send(bytes.fromhex("101500044d51545404c2003c0003616263000161000162"))
        return await asyncio.wait_for(socket.recv(), 5)


@pytest.mark.parametrize("kind", BROKERS)
def test_with_a_certificate_the_websocket_is_private(kind: str, tmp_path: Path) -> None:
    trusted = ssl.create_default_context(cafile=make_certificates(tmp_path))
    engine = new_store(tmp_path)
    tls = Tls(certificate=tmp_path / "server.pem", key=tmp_path / "server.key")
    started = make_broker(kind, engine, tmp_path, websocket_port=0, tls=tls)
    started.start()

    with ThreadPoolExecutor(1) as apart:  # beside the browser's own loop
        answer = apart.submit(
            lambda: asyncio.run(_knock(f"wss://127.0.0.1:{started.websocket_port}/mqtt", trusted))
        ).result()

    assert answer in {b"\x20\x02\x00\x04", b"\x20\x02\x00\x05"}
    started.stop()
    engine.dispose()


def test_nobody_there_is_a_loss_that_is_told(page: Page, free_port: int) -> None:
    given = {
        "url": f"ws://127.0.0.1:{free_port}/mqtt",
        "publisher": "d-1",
        "password": "p",
        "state": "s",
        "isModern": False,
    }

    _connect(page, given)

    assert _await(page, "lost")["reason"].startswith("closed")
