"""A bridge brings its devices over HTTP under its own password; whoever else asks is told why not."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from rollcall_collector.api.app import create_api
from rollcall_collector.api.bridges import BODY_BYTES_MAX, bridges_router
from rollcall_collector.api.enroll import enroll_router
from rollcall_collector.api.http.problems import answer_problems
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import PublicBroker, Services
from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.identity.publishers import reinstate, revoke
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.bridge_checks import list_bridges
from rollcall_wire import Inventory
from rollcall_wire.encoding import plain
from tests.support.apps import lent_app
from tests.support.identities import NOW, ZONE, enroll_one, new_store, new_token

PATH, CHECKS = "/api/v1/bridges/devices", "/api/v1/bridges/checks"
IPAD = plain(Inventory(platform="ipados", model="iPad (9th generation)"))


@dataclass
class Door:
    url: str
    engine: Engine
    login: tuple[str, str]

    def bring(self, devices: Any, *, login: tuple[str, str] | None = None, **more: Any) -> httpx.Response:
        body = more.pop("content", None) or json.dumps({"devices": devices}).encode()
        return httpx.put(self.url + PATH, content=body, auth=login or self.login, timeout=60, **more)


def _services(engine: Engine) -> Services:
    return Services(
        engine=engine,
        clock=lambda: NOW,
        zone=ZONE,
        version="1",
        broker=PublicBroker(host="rollcall.school.example", port=8883),
    )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def login(engine: Engine) -> tuple[str, str]:
    enrolled = enroll_one(engine, hardware="b", serial=None, token=new_token(engine, platform="ipados"))
    return enrolled.publisher, enrolled.password


@pytest.fixture
def door(engine: Engine, login: tuple[str, str]) -> Iterator[Door]:
    with lent_app(_services(engine)) as app:
        server = WebServer(app, host="127.0.0.1", port=0)
        server.start()
        yield Door(url=server.url, engine=engine, login=login)
        server.stop()


def _ipad(number: int) -> dict[str, Any]:
    return {"serial_number": f"DMPX{number:06}", "hardware_keys": [f"00008030-{number:012}"], "inventory": IPAD}


def test_a_bridge_gets_an_id_for_each_device(door: Door) -> None:
    first = door.bring([_ipad(1), _ipad(2)])
    again = door.bring([_ipad(2), _ipad(1)])

    assert first.status_code == 200
    ids = [one["device_id"] for one in first.json()["devices"]]
    assert len(set(ids)) == 2
    assert [one["device_id"] for one in again.json()["devices"]] == ids[::-1]
    assert first.headers["cache-control"] == "no-store"


def test_a_bad_entry_gets_an_error_in_its_place(door: Door) -> None:
    bad = [17, {"serial_number": 5}, {"hardware_keys": ["a\u0000b"]}, {"inventory": {"platform": "amiga"}}, {}]

    answers = door.bring([_ipad(1), *bad, _ipad(2)]).json()["devices"]

    assert ["device_id" in one for one in answers] == [True, False, False, False, False, False, True]
    assert [one["error"] for one in answers[1:6]] == ["wrong_shape"] * 4 + ["no_identity"]
    assert all(one["detail"].endswith(".") for one in answers[1:6])


def test_all_three_fields_may_be_null_or_absent(door: Door) -> None:
    told = [
        {"serial_number": "DMPX000001", "inventory": None},
        {"serial_number": None, "hardware_keys": ["00008030-000000000002"], "inventory": None},
        {"hardware_keys": [], "inventory": IPAD | {"serial_number": "DMPX000003"}, "colour": "blue"},
    ]

    answers = door.bring(told).json()["devices"]

    assert len({one["device_id"] for one in answers}) == 3


def test_whoever_is_no_bridge_is_told_why_not(door: Door) -> None:
    device = enroll_one(door.engine)
    name, password = door.login

    answers = [
        httpx.put(door.url + PATH, content=b"{}"),
        door.bring([], login=(name, "guess")),
        door.bring([], login=("b-nobody", password)),
        door.bring([], login=("b-nobody\x00é", password)),
        door.bring([], login=(device.publisher, device.password)),
        httpx.put(door.url + PATH, content=b"{}", headers={"authorization": "Basic ???"}),
    ]

    said = [(one.status_code, one.json()["error"]) for one in answers]
    assert said == [
        (401, "bad_credentials"),
        (401, "bad_credentials"),
        (401, "bad_credentials"),
        (401, "bad_credentials"),
        (403, "not_a_bridge"),
        (401, "bad_credentials"),
    ]


def test_a_revoked_bridge_is_refused_until_it_is_reinstated(door: Door) -> None:
    revoke(door.engine, Scope.all(), door.login[0], NOW)
    refused = door.bring([_ipad(1)])
    reinstate(door.engine, Scope.all(), door.login[0])

    assert (refused.status_code, refused.json()["error"]) == (403, "revoked_bridge")
    assert f"rollcall publishers reinstate {door.login[0]}" in refused.json()["detail"]
    assert door.bring([_ipad(1)]).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 10_000, b"null", b'{"devices": null}', b'{"devices": {}}'])
def test_what_is_no_list_is_refused(door: Door, body: bytes) -> None:
    answer = door.bring(None, content=body)

    assert (answer.status_code, answer.json()["error"]) == (422, "wrong_shape")


def test_five_thousand_devices_come_in_one_call_and_no_more(door: Door) -> None:
    most = door.bring([_ipad(number) for number in range(5_000)])
    more = door.bring([_ipad(number) for number in range(5_001)])

    assert len({one["device_id"] for one in most.json()["devices"]}) == 5_000
    assert (more.status_code, more.json()["error"]) == (422, "wrong_shape")
    assert "5000" in more.json()["detail"]


def test_more_than_any_list_is_not_read(door: Door) -> None:
    answer = door.bring(None, content=b" " * (BODY_BYTES_MAX + 1))

    assert answer.status_code == 413


def test_nobody_unknown_makes_the_server_read_a_long_list(door: Door) -> None:
    with httpx.Client(base_url=door.url) as client:
        answer = client.put(PATH, content=b" " * (BODY_BYTES_MAX - 1), auth=("b-nobody", "guess"))

    assert answer.status_code == 401


def test_a_bridge_in_a_loop_is_slowed_down(engine: Engine, login: tuple[str, str]) -> None:
    app = FastAPI()
    app.include_router(bridges_router(turnstile=Turnstile(at_once=3, a_second=1.0)), prefix="/api/v1")
    answer_problems(app)
    app.state.services = _services(engine)
    server = WebServer(app, host="127.0.0.1", port=0)
    server.start()
    door = Door(url=server.url, engine=engine, login=login)

    codes = [door.bring([_ipad(1)]).status_code for _ in range(5)]
    server.stop()

    assert codes == [200, 200, 200, 429, 429]


def test_a_bridges_own_id_is_null_in_the_answer_to_its_enrollment(engine: Engine) -> None:
    app = FastAPI()
    app.include_router(enroll_router(), prefix="/api/v1")
    app.state.services = _services(engine)
    server = WebServer(app, host="127.0.0.1", port=0)
    server.start()
    token = new_token(engine, platform="ipados")

    answer = httpx.post(
        f"{server.url}/api/v1/enroll", json={"token": token, "hardware_id": "a" * 64, "inventory": IPAD}
    )
    server.stop()

    assert '"device_id":null' in answer.text
    assert answer.json()["publisher"].startswith("b-ipados-")


def test_the_api_describes_what_a_bridge_sends_and_gets(engine: Engine) -> None:
    described = create_api(_services(engine)).openapi()

    put = described["paths"]["/bridges/devices"]["put"]
    sent = put["requestBody"]["content"]["application/json"]["schema"]["properties"]["devices"]
    assert sent["maxItems"] == 5_000
    assert set(sent["items"]["properties"]) == {"serial_number", "hardware_keys", "inventory"}
    assert "$ref" not in json.dumps(sent)
    assert put["security"] == [{"HTTPBasic": []}]
    assert "200" in put["responses"]


FOUND = {"subject": "telemetry", "says": "Google refuses", "way_out": "enable it", "is_fault": True}


def test_what_a_bridge_s_check_found_last_is_kept(door: Door) -> None:
    for found in ([FOUND, FOUND], [FOUND | {"says": "may be read", "way_out": "", "is_fault": False}]):
        seconds = {"round_seconds": 12.5} if len(found) > 1 else {}  # who checks by hand tells of no round
        told = {"bridge": "google", "checks": found} | seconds
        answer = httpx.put(door.url + CHECKS, json=told, auth=door.login)
        assert answer.json() == {"kept": len(found)}

    with door.engine.connect() as connection:
        (bridge,) = list_bridges(connection, Scope.all())
        assert list_bridges(connection, Scope(sites=frozenset({1}))) == ()
    assert (bridge.name, bridge.service, bridge.platform, bridge.checked_at, bridge.round_seconds) == (
        door.login[0], "google", "ipados", NOW, 12.5,
    )  # fmt: skip
    assert [(one.subject, one.says, one.is_fault) for one in bridge.checks] == [("telemetry", "may be read", False)]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"bridge": "google", "checks": [FOUND | {"says": "a\x00b"}]}, 422),
        ({"bridge": "google", "checks": [FOUND | {"says": "\ud800"}]}, 422),
        ({"bridge": "google", "checks": [FOUND | {"is_fault": "yes"}]}, 422),
        ({"bridge": "google", "checks": [FOUND] * 65}, 422),
        ({"bridge": "", "checks": []}, 422),
        ({"checks": []}, 422),
        ({"bridge": "google", "checks": [], "round_seconds": -1}, 422),
        ({"bridge": "google", "checks": [], "round_seconds": "9"}, 422),
        ([], 422),
        ({"bridge": "google", "checks": [FOUND | {"says": "x" * (1 << 18)}]}, 413),
    ],
)
def test_a_check_that_cannot_be_read_is_refused_and_the_last_one_stays(door: Door, told: Any, status: int) -> None:
    httpx.put(door.url + CHECKS, json={"bridge": "google", "checks": [FOUND]}, auth=door.login)

    answer = httpx.put(door.url + CHECKS, content=json.dumps(told), auth=door.login)

    with door.engine.connect() as connection:
        (bridge,) = list_bridges(connection, Scope.all())
    assert answer.status_code == status
    assert len(bridge.checks) == 1


def test_who_is_no_bridge_says_nothing_of_one(door: Door) -> None:
    device = enroll_one(door.engine, hardware="c", token=new_token(door.engine))

    said = [
        httpx.put(door.url + CHECKS, json={"bridge": "x", "checks": []}, auth=login).status_code
        for login in ((device.publisher, device.password), (door.login[0], "wrong"))
    ]

    assert said == [403, 401]
