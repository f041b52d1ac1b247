"""A device asks over HTTP to join the fleet; the answer is all it needs, or says what is wrong and the way out."""

import argparse
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from rollcall_collector.api.enroll import enroll_router
from rollcall_collector.api.http.problems import answer_problems
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import PublicBroker, Services
from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.cli import enroll_token, publishers
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import UnknownNameError
from rollcall_collector.identity.credentials import verify_password
from rollcall_collector.identity.publishers import retire
from rollcall_collector.identity.recognition import clean_serial
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.identities import read_credentials
from rollcall_wire import Inventory
from rollcall_wire.encoding import decode_settings, encode
from tests.support.identities import NOW, ZONE, enroll_one, new_store, new_token


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def refreshed() -> list[str]:
    return []


@pytest.fixture
def client(engine: Engine, clock: Clock, refreshed: list[str]) -> Iterator[httpx.Client]:
    app = FastAPI()
    app.include_router(enroll_router(turnstile=Turnstile(at_once=5, a_second=1.0)), prefix="/api/v1")
    answer_problems(app)
    app.state.services = Services(
        engine=engine,
        clock=clock,
        zone=ZONE,
        version="1",
        broker=PublicBroker(
            host="rollcall.school.example",
            port=8883,
            ca_pem="-----BEGIN",
            websocket_url="wss://rollcall.school.example:8884/mqtt",
        ),
        refresh_broker=lambda: refreshed.append("now"),
    )
    server = WebServer(app, host="127.0.0.1", port=0)
    server.start()
    with httpx.Client(base_url=server.url) as opened:
        yield opened
    server.stop()


def _ask(client: httpx.Client, token: str, **changes: Any) -> Any:
    inventory = json.loads(
        encode(
            Inventory(platform="linux", serial_number="5CD1234ABC", sources=("boot", "battery"), memory_bytes=2**33)
        )
    )
    return client.post(
        "/api/v1/enroll", json={"token": token, "hardware_id": "a" * 64, "inventory": inventory} | changes
    )


def test_the_answer_is_all_a_device_needs(client: httpx.Client, engine: Engine, refreshed: list[str]) -> None:
    response = _ask(client, new_token(engine))

    answer = response.json()
    assert response.status_code == 200
    assert set(answer) == {"device_id", "publisher", "password", "broker", "settings", "site", "token_site"}
    assert re.fullmatch(r"d-[0-9a-f]{12}", answer["device_id"])
    assert answer["broker"] == {
        "host": "rollcall.school.example",
        "port": 8883,
        "ca_pem": "-----BEGIN",
        "websocket_url": "wss://rollcall.school.example:8884/mqtt",
    }
    settings = decode_settings(json.dumps(answer["settings"]).encode())
    assert settings.school_hours is not None
    assert settings.school_hours.zone == ZONE
    assert verify_password(answer["password"], read_credentials(engine)[answer["publisher"]])
    assert response.headers["cache-control"] == "no-store"
    assert refreshed == ["now"]


def test_asking_again_gives_the_same_name_and_another_password(client: httpx.Client, engine: Engine) -> None:
    token = new_token(engine, uses=2)

    first, again = _ask(client, token).json(), _ask(client, token).json()

    assert first["device_id"] == again["device_id"]
    assert first["password"] != again["password"]


def test_profiles_of_one_chromebook_share_a_password_and_one_use_of_their_token(
    client: httpx.Client, engine: Engine, clock: Clock
) -> None:
    token, other = new_token(engine), new_token(engine)
    inventory = {"kind": "inventory", "platform": "chromeos", "serial_number": "NXHKJAA001"}

    first, again = (_ask(client, token, inventory=inventory).json() for _ in range(2))
    kept = read_credentials(engine)
    renewed = _ask(client, other, inventory=inventory).json()

    assert (first["device_id"], first["password"]) == (again["device_id"], again["password"])
    assert verify_password(first["password"], kept[first["publisher"]])
    assert renewed["device_id"] == first["device_id"]
    assert renewed["password"] != first["password"]
    assert not verify_password(first["password"], read_credentials(engine)[first["publisher"]])
    clock.now += timedelta(days=15)
    assert _ask(client, other, inventory=inventory).json()["error"] == "expired_token"


def test_another_chromebook_is_another_use_and_has_another_password(client: httpx.Client, engine: Engine) -> None:
    token = new_token(engine, uses=2)
    inventory = {"kind": "inventory", "platform": "chromeos"}

    one, another, third = (_ask(client, token, inventory=inventory, hardware_id=of * 64) for of in "abc")

    assert one.json()["password"] != another.json()["password"]
    assert third.json()["error"] == "used_up_token"


def test_a_retired_chromebook_does_not_come_back_by_another_profile(client: httpx.Client, engine: Engine) -> None:
    token = new_token(engine, uses=9)
    inventory = {"kind": "inventory", "platform": "chromeos"}
    known = _ask(client, token, inventory=inventory).json()
    retire(engine, Scope.all(), known["device_id"], NOW)

    response = _ask(client, token, inventory=inventory)

    assert (response.status_code, response.json()["error"]) == (403, "retired_device")


@pytest.mark.parametrize("case", ["bad_token", "expired_token", "used_up_token"])
def test_a_token_that_does_not_work_says_which_way(
    client: httpx.Client, engine: Engine, clock: Clock, refreshed: list[str], case: str
) -> None:
    token = new_token(engine)
    if case == "bad_token":
        token = "not-a-token"
    elif case == "expired_token":
        clock.now += timedelta(days=14)
    else:
        enroll_one(engine, hardware="b", serial=None, token=token)

    response = _ask(client, token)

    assert response.status_code == 401
    assert response.json()["error"] == case
    assert "rollcall enroll-token create" in response.json()["detail"]
    assert refreshed == []


def test_a_retired_device_is_told_who_can_bring_it_back(client: httpx.Client, engine: Engine) -> None:
    enrolled = enroll_one(engine)
    retire(engine, Scope.all(), enrolled.publisher, NOW)

    response = _ask(client, new_token(engine))

    assert response.status_code == 403
    assert response.json()["error"] == "retired_device"
    assert f"rollcall publishers reinstate {enrolled.publisher}" in response.json()["detail"]


@pytest.mark.parametrize(
    "changes",
    [
        {"hardware_id": "A" * 64},
        {"hardware_id": "a" * 63},
        {"hardware_id": None},
        {"token": ""},
        {"token": 12345678},
        {"inventory": {}},
        {"inventory": {"platform": "amiga"}},
        {"inventory": {"platform": "linux", "memory_bytes": -1}},
        {"inventory": {"platform": "linux", "serial_number": "a\u0000b"}},
        {"inventory": {"platform": "linux", "sources": ["x"] * 65}},
        {"inventory": [[[[[[]]]]]]},
    ],
)
def test_what_is_no_enrollment_is_refused_without_a_use(
    client: httpx.Client, engine: Engine, changes: dict[str, Any]
) -> None:
    token = new_token(engine)

    refused = _ask(client, changes.pop("token", token), **changes)

    assert (refused.status_code, refused.json()["error"]) == (422, "wrong_shape")
    assert token not in refused.text
    assert _ask(client, token).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 10_000, b'"text"', b"null"])
def test_what_is_no_json_is_refused(client: httpx.Client, body: bytes) -> None:
    response = client.post("/api/v1/enroll", content=body)

    assert (response.status_code, response.json()["error"]) == (422, "wrong_shape")


def test_a_field_nobody_knows_is_ignored(client: httpx.Client, engine: Engine) -> None:
    response = _ask(client, new_token(engine), colour="blue", inventory={"platform": "linux", "colour": "blue"})

    assert response.status_code == 200


def test_more_than_any_inventory_is_not_read(client: httpx.Client) -> None:
    response = client.post("/api/v1/enroll", content=b" " * 20_000)

    assert (response.status_code, response.json()["error"]) == (413, "too_large")


def test_a_broken_script_is_slowed_down(client: httpx.Client, engine: Engine, clock: Clock) -> None:
    codes = [_ask(client, "not-a-token").status_code for _ in range(7)]
    clock.now += timedelta(seconds=2)
    after = _ask(client, new_token(engine))

    assert codes == [401] * 5 + [429] * 2
    assert after.status_code == 200


def test_one_address_does_not_slow_down_another() -> None:
    turnstile = Turnstile(at_once=1, a_second=0.1)

    admitted = [turnstile.admits(address, 0) for address in ("a", "a", "b", "b")]

    assert admitted == [True, False, True, False]
    assert [turnstile.admits("a", 9_000_000), turnstile.admits("a", 10_000_001)] == [False, True]


def test_a_turnstile_remembers_a_bounded_number_of_addresses() -> None:
    turnstile = Turnstile(at_once=1)

    admitted = [turnstile.admits(str(number), 0) for number in range(20_000)]

    assert all(admitted)
    assert len(turnstile._left) == 10_000


@pytest.mark.parametrize(
    "text",
    ["", " ", "0", "000000000", "123456789", "0123456789", "None", "N/A", "To be filled by O.E.M.", "Default string",
     "System Serial Number", "Not Specified", "XXXXXXXX", "INVALID", "...", None, "SSN12345678901234567", "OEM_Serial",
     "EeePC-1234567890", "MB-1234567890", "Chassis Serial Number", "SN-12345", "A1"],
)  # fmt: skip
def test_a_placeholder_names_no_device(text: str | None) -> None:
    assert clean_serial(text) is None


@pytest.mark.parametrize(
    "text", ["5CD1234ABC", "PF3ABCDE", "C02XG2JHJGH5", "1284567-8", "VMware-56 4d 1a", "NA123456"]
)
def test_a_serial_number_names_a_device(text: str) -> None:
    assert clean_serial(f" {text} ") == text


def test_the_command_line_makes_a_token_that_works(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = CollectorSettings(folder=tmp_path)

    _run(enroll_token, settings, "create --site Hillside --create-site Europe/Berlin --uses 2 --expires 3")
    said = capsys.readouterr().out
    token = re.findall(r"^  (\S{43})$", said, flags=re.MULTILINE)[0]
    enrolled = enroll_one(engine, token=token, now=_now())
    _run(enroll_token, settings, "list")
    _run(publishers, settings, "list")
    listed = capsys.readouterr().out

    assert said.count(token) == 1
    assert "rollcall-agent enroll http://127.0.0.1:8460\n" in said
    assert token not in listed
    assert "1 left" in listed
    assert f"{enrolled.publisher}" in listed


def test_the_command_line_names_the_sites_there_are(tmp_path: Path, engine: Engine) -> None:
    new_token(engine)

    with pytest.raises(UnknownNameError, match="sites are Hillside"):
        _run(enroll_token, CollectorSettings(folder=tmp_path), "create --site Hilside")


def test_the_command_line_silences_and_lets_back(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = CollectorSettings(folder=tmp_path)
    name = enroll_one(engine).publisher

    standings = []
    for action in ("revoke", "reinstate", "retire"):
        _run(publishers, settings, f"{action} {name}")
        capsys.readouterr()
        _run(publishers, settings, "list")
        standings.append(capsys.readouterr().out.split(name)[1].split("heard")[0].strip())

    assert standings == ["revoked", "never", "retired"]


def _run(family: Any, settings: CollectorSettings, line: str) -> None:
    parser = argparse.ArgumentParser()
    family.VERBS[0].configure(parser)
    assert family.VERBS[0].run(parser.parse_args(line.split()), settings) == 0


def _now() -> datetime:
    from datetime import UTC  # noqa: PLC0415  # the command line reads the clock

    return datetime.now(UTC)
