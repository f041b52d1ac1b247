"""A program asks the API by its token: what its scopes let it, of its sites, until its end; wrong tokens open nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from rollcall_collector.api.app import API, WRONG_TOKENS_AT_ONCE, create_api
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import Services
from rollcall_collector.api.turnstile import ADDRESSES_MAX, Turnstile
from rollcall_collector.identity.programs import SCOPES, add_program, list_programs, revoke_program
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import open_database
from tests.support.apps import lent_app
from tests.support.browsing import services_for
from tests.support.fleets.two_schools import NOW, School, keep_school
from tests.support.identities import new_store

OAK = School(word="wombat", digits=9876)
ELM = School(word="quokka", digits=7654)


class Clock:
    now: datetime = NOW


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(tmp_path: Path, clock: Clock) -> Iterator[Services]:
    engine = new_store(tmp_path)
    with engine.begin() as connection:
        for school in (OAK, ELM):
            keep_school(connection, school)
    yield replace(services_for(engine), clock=lambda: clock.now)
    engine.dispose()


@pytest.fixture
def client(services: Services) -> Iterator[httpx.Client]:
    with lent_app(services) as app:
        server = WebServer(app, host="127.0.0.1", port=0)
        server.start()
        with httpx.Client(base_url=server.url, timeout=60) as opened:
            yield opened
        server.stop()


def token(engine: Engine, name: str, *scopes: str, site: int | None = None, days: int = 30) -> dict[str, str]:
    scope = Scope(sites=None if site is None else frozenset({site}))
    given = [one for one in SCOPES if one in scopes]
    secret = add_program(engine, name, given, scope, days=days, author="Ada", now=NOW)
    return {"authorization": f"Bearer {secret}"}


def test_a_token_opens_what_its_scopes_and_sites_let_it_and_no_page(services: Services, client: httpx.Client) -> None:
    engine = services.engine
    reads = token(engine, "reads", "devices", site=OAK.number(1))
    carts = token(engine, "carts", "carts")
    decides = token(engine, "decides", "decide", "devices")

    own = client.get(f"{API}/devices/{OAK.word}-d-1", headers=reads)
    other = client.get(f"{API}/devices/{ELM.word}-d-1", headers=reads)
    slots = client.get(f"{API}/carts", headers=carts).json()["carts"]
    decided = client.post(f"{API}/flags/{OAK.number(3)}/decisions", json={"action": "accept"}, headers=decides).json()
    refused = [
        client.get(f"{API}/devices", headers=carts),
        client.get(f"{API}/plan?budget=1", headers=reads),
        client.post(f"{API}/flags/{OAK.number(4)}/decisions", json={"action": "accept"}, headers=reads),
    ]
    pages = [client.get(path, headers=decides) for path in ("/devices", "/devices.csv", "/people")]

    assert (own.status_code, own.json()["price"], other.status_code) == (200, None, 404)
    assert {slot["member"]["device_id"] for cart in slots for slot in cart["slots"] if slot["member"]} == {""}
    assert decided["decisions"][-1]["author"] == "program decides"
    assert [one.status_code for one in refused] == [403, 403, 403]
    assert [one.headers["location"].split("?")[0] for one in pages] == ["/sign-in"] * 3


def test_a_token_ends_by_its_day_and_by_revoking_and_is_listed_with_its_last_use(
    services: Services, client: httpx.Client, clock: Clock
) -> None:
    short, long = (token(services.engine, name, "devices", days=days) for name, days in (("short", 1), ("long", 9)))

    before = [client.get(f"{API}/health", headers=one).status_code for one in (short, long)]
    clock.now = NOW + timedelta(days=1)
    ended = [client.get(f"{API}/health", headers=one).status_code for one in (short, long)]
    revoke_program(services.engine, Scope.all(), "long", clock.now)
    revoked = client.get(f"{API}/health", headers=long)

    used = {one.title: one.used_at for one in list_programs(services.engine, Scope.all())}
    assert (before, ended, revoked.status_code) == ([200, 200], [401, 200], 401)
    assert revoked.json()["error"] == "wrong_token"
    assert (used["short"], used["long"]) == (NOW, NOW + timedelta(days=1))


def test_many_wrong_tokens_are_put_off_and_the_right_one_still_comes_in(
    services: Services, client: httpx.Client
) -> None:
    right = token(services.engine, "right", "devices")

    wrong = [
        client.get(f"{API}/health", headers={"authorization": f"Bearer {number}"}).status_code
        for number in range(WRONG_TOKENS_AT_ONCE + 20)
    ]

    assert (wrong[0], wrong[-1], set(wrong)) == (401, 429, {401, 429})
    assert client.get(f"{API}/health", headers=right).status_code == 200


def test_addresses_that_guess_are_remembered_only_so_many() -> None:
    turnstile = Turnstile(at_once=1, a_second=1.0)

    for number in range(ADDRESSES_MAX + 500):
        turnstile.admits(str(number), number)

    assert len(turnstile._left) == ADDRESSES_MAX


def test_the_description_says_the_scope_of_each_question() -> None:
    engine = open_database("sqlite://")
    described = create_api(services_for(engine)).openapi()["paths"]
    engine.dispose()

    said = {
        f"{method} {path}": {scope for one in operation.get("security", ()) for scope in one.get("program", ())}
        for path, methods in described.items()
        for method, operation in methods.items()
    }

    without = {name for name, scopes in said.items() if not scopes}
    assert without == {
        "post /broker/{form}/{asked}",
        "post /enroll",
        "put /bridges/checks",
        "put /bridges/devices",
        "get /bridges/roll-call",
        "get /health/live",
    }
    assert {scope for scopes in said.values() for scope in scopes} == set(SCOPES)
