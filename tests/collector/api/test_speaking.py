"""A broker that asks over HTTP who may speak is answered in its own words, and everything that is not allowed is denied."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from rollcall_collector.api.app import WRONG_TOKENS_AT_ONCE
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.identity.credentials import hash_password
from rollcall_collector.identity.enrollment import Enrolled
from rollcall_collector.identity.speaking import Speaking
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.identities import set_retired, set_revoked
from rollcall_collector.store.publishers.put_off import put_off
from rollcall_wire.topics import Leaf, topic
from tests.support.apps import lent_app
from tests.support.browsing import services_for
from tests.support.identities import NOW, enroll_one, new_store

TOKEN = "the-brokers-own-token"
OWN, SECRET = "collector", "the-collectors-password"
Ask = Callable[..., httpx.Response]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def device(engine: Engine) -> Enrolled:
    return enroll_one(engine, hardware="a", serial=None)


@pytest.fixture
def ask(engine: Engine, tmp_path: Path) -> Iterator[Ask]:
    """Asks as a broker does: with its token, a form in the body."""
    token_file = tmp_path / "token"
    token_file.write_text(f"{TOKEN}\n")
    speaking = Speaking(collector=OWN, secret_hash=hash_password(SECRET), token_file=token_file)
    with lent_app(replace(services_for(engine), speaking=speaking)) as app:
        server = WebServer(app, host="127.0.0.1", port=0, proxies=("127.0.0.1",))
        server.start()
        with httpx.Client(base_url=server.url, timeout=20) as client:

            def asked(path: str, *, token: str = TOKEN, json: Any = None, headers: Any = None, **form: str) -> Any:
                sent = {"authorization": f"Bearer {token}", **(headers or {})}
                body = {"json": json} if json is not None else {"data": form}
                return client.post(f"/api/v1/broker/{path}", headers=sent, **body)

            yield asked
        server.stop()


def _signs_in(ask: Ask, user: str, password: str, **more: str) -> str:
    return ask("rabbitmq/user", username=user, password=password, **{"client_id": user, **more}).text


def test_a_device_signs_in_by_its_own_password_and_under_its_own_id_alone(ask: Ask, device: Enrolled) -> None:
    name, password = device.publisher, device.password

    found = {
        "right": _signs_in(ask, name, password),
        "wrong password": _signs_in(ask, name, f"{password}x"),
        "no password": _signs_in(ask, name, ""),
        "another's id": _signs_in(ask, name, password, client_id="d-000000000001"),
        "the collector's id": _signs_in(ask, name, password, client_id=OWN),
        "no id, as by AMQP": ask("rabbitmq/user", username=name, password=password).text,
        "nobody": _signs_in(ask, "d-000000000001", password),
        "no name": _signs_in(ask, "", ""),
    }

    assert found.pop("right") == "allow"
    assert set(found.values()) == {"deny"}, found


def test_the_collector_signs_in_under_any_id(ask: Ask) -> None:
    found = [_signs_in(ask, OWN, secret, client_id=one) for secret in (SECRET, "x") for one in (OWN, "d-1")]

    assert found == ["allow", "allow", "deny", "deny"]


@pytest.mark.parametrize("end", ["revoked", "retired", "cut for flooding"])
def test_who_may_not_speak_any_more_is_denied_at_the_next_question(
    end: str, ask: Ask, engine: Engine, device: Enrolled
) -> None:
    name = device.publisher
    said = {"username": name, "topic": topic(name, "reports"), "action": "publish"}
    before = [_signs_in(ask, name, device.password), ask("emqx/topic", json=said).json()["result"]]

    match end:
        case "revoked":
            set_revoked(engine, Scope.all(), name, 1)
        case "retired":
            set_retired(engine, Scope.all(), name, now_us=1, retired_on=1)
        case _:
            put_off(engine, name, NOW, not_read=1, is_cut=True)

    assert before == ["allow", "allow"]
    assert [_signs_in(ask, name, device.password), ask("emqx/topic", json=said).json()["result"]] == ["deny", "deny"]


def test_everybody_says_and_hears_the_own_topics_alone(ask: Ask, engine: Engine, device: Enrolled) -> None:
    name, other = device.publisher, enroll_one(engine, hardware="b", serial=None).publisher

    def may(user: str, action: str, name: str) -> bool:
        said = {"username": user, "topic": name, "action": action}
        return bool(ask("emqx/topic", json=said).json()["result"] == "allow")

    leaves: tuple[Leaf, ...] = ("reports", "state", "acks", "settings")
    assert [may(name, "publish", topic(name, leaf)) for leaf in leaves] == [True, True, False, False]
    assert [may(name, "subscribe", topic(name, leaf)) for leaf in leaves] == [False, False, True, True]
    assert not any(may(name, action, topic(other, leaf)) for leaf in leaves for action in ("publish", "subscribe"))
    wide = ("#", "rollcall/v1/#", "rollcall/v1/+/+/acks", "$share/a/rollcall/v1/+/+/acks", "", "\x00")
    assert not any(may(name, action, one) for one in wide for action in ("publish", "subscribe"))
    assert not may(name, "dream", topic(name, "reports"))
    assert may(OWN, "subscribe", "rollcall/v1/+/+/reports")
    assert may(OWN, "publish", topic(name, "acks"))
    assert not may(OWN, "subscribe", "#")


def test_rabbitmq_is_told_of_its_own_routing_keys_queues_and_exchanges(ask: Ask, device: Enrolled) -> None:
    name = device.publisher
    key = topic(name, "reports").replace("/", ".")

    def resource(kind: str, of: str, user: str = name) -> str:
        return ask("rabbitmq/resource", username=user, resource=kind, name=of, permission="configure").text

    topics = [
        ask("rabbitmq/topic", username=user, permission=permission, routing_key=one).text
        for user, permission, one in (
            (name, "write", key),
            (name, "read", key),
            (name, "read", "#"),
            (OWN, "read", "rollcall.v1.*.*.reports"),
        )
    ]
    assert topics == ["allow", "deny", "deny", "allow"]
    assert resource("exchange", "amq.topic") == "allow"
    assert resource("exchange", "amq.direct") == "deny"
    assert resource("queue", f"mqtt-subscription-{name}qos1") == "allow"
    assert resource("queue", f"mqtt-subscription-{name}0qos1") == "deny"
    assert resource("queue", "mqtt-subscription-collectorqos1") == "deny"
    assert resource("queue", "mqtt-subscription-collector-2-4qos1", OWN) == "allow"
    assert resource("queue", "somebodys", OWN) == "deny"
    assert ask("rabbitmq/vhost", username=name, vhost="/", ip="127.0.0.1").text == "allow"


def test_each_kind_of_broker_is_answered_in_its_form(ask: Ask, device: Enrolled) -> None:
    name, password, other = device.publisher, device.password, "d-000000000001"
    emqx = [ask("emqx/user", json={"username": name, "password": password, "clientid": one}) for one in (name, other)]
    by_status = [
        ask("status/user", username=name, password=password, clientid=name),
        ask("status/user", username=name, password=password, clientid=other),
        ask("status/superuser", username=OWN),
        ask("status/topic", username=name, topic=topic(name, "reports"), clientid=name, acc="2"),
        ask("status/topic", json={"username": name, "topic": topic(name, "acks"), "clientid": name, "acc": 4}),
        ask("status/topic", username=name, topic=topic(name, "reports"), clientid=name, acc="3"),
    ]
    signing = {"peer_addr": "127.0.0.1", "username": name, "password": password, "mountpoint": "", "client_id": name}
    heard = [[topic(name, "acks"), 1], [topic(name, "settings"), 1]]
    vernemq = [
        ask("vernemq/user", json=signing),
        ask("vernemq/say", json={"username": name, "client_id": name, "qos": 1, "topic": topic(name, "state")}),
        ask("vernemq/hear", json={"username": name, "client_id": name, "topics": heard}),
        ask("vernemq/hear", json={"username": name, "client_id": name, "topics": [*heard, ["#", 0]]}),
        ask("vernemq/hear", json={"username": name, "client_id": name, "topics": []}),
    ]

    assert [one.json() for one in emqx] == [{"result": "allow"}, {"result": "deny"}]
    assert [one.status_code for one in by_status] == [200, 403, 403, 200, 200, 403]
    assert [one.json()["result"] for one in vernemq] == ["ok"] * 3 + [{"error": "not_allowed"}] * 2
    assert all(one.headers["cache-control"] == "no-store" for one in (*emqx, *by_status, *vernemq))


HALF = b'{"username": "\\ud800", "password": "\\ud800", "client_id": "\\ud800"}'
GARBAGE = (b"", b"not a form", b"{", b"[]", b"null", b"[" * 9_000, b"\xff\xfe", b'{"username": []}', HALF)


@pytest.mark.parametrize("body", GARBAGE)
def test_what_cannot_be_read_is_denied(body: bytes, ask: Ask) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        answer = httpx.post(
            str(ask("rabbitmq/user").url),
            content=body,
            headers={"authorization": f"Bearer {TOKEN}", "content-type": kind},
            timeout=20,
        )

        assert (answer.status_code, answer.text) == (200, "deny")


def test_only_the_broker_itself_is_answered_and_only_in_private(ask: Ask, device: Enrolled) -> None:
    said = {"username": device.publisher, "password": device.password, "client_id": device.publisher}
    from_afar = {"x-forwarded-for": "10.0.0.7", "x-forwarded-proto": "http"}

    by_name = ask("rabbitmq/user", headers={"authorization": httpx.BasicAuth("b", TOKEN)._auth_header}, **said)
    plain, private = (
        ask("rabbitmq/user", headers={**from_afar, "x-forwarded-proto": scheme}, **said)
        for scheme in ("http", "https")
    )
    wrong = [ask("rabbitmq/user", token=one, **said) for one in ("x", device.password, TOKEN[:-1])]

    assert (by_name.text, private.text) == ("allow", "allow")
    assert (plain.status_code, plain.json()["error"]) == (403, "not_private")
    assert {one.status_code for one in wrong} == {401}


def test_who_guesses_the_brokers_token_is_slowed_down_and_the_broker_is_not(ask: Ask, device: Enrolled) -> None:
    guesses = [ask("rabbitmq/user", token=f"guess-{number}").status_code for number in range(WRONG_TOKENS_AT_ONCE + 1)]

    assert guesses == [401] * WRONG_TOKENS_AT_ONCE + [429]
    assert _signs_in(ask, device.publisher, device.password) == "allow"


def test_without_a_token_file_nobody_is_answered(engine: Engine) -> None:
    with lent_app(services_for(engine)) as app:
        server = WebServer(app, host="127.0.0.1", port=0)
        server.start()

        answer = httpx.post(f"{server.url}/api/v1/broker/rabbitmq/user", data={"username": OWN}, timeout=20)

        server.stop()
    assert answer.status_code == 404
    assert "broker.ask_token_file" in answer.json()["detail"]
