"""What each role may see and do, asked at every address there is, of an own school and of another."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.identity.people import ROLES, Role, add_person, create_link, redeem_link
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.prices import PlanSettings, Prices
from tests.support.apps import lent_app
from tests.support.browsing import services_for
from tests.support.fleets.two_schools import NOW, Kind, School, keep_homeless, keep_judging, keep_school
from tests.support.identities import new_store
from tests.support.walking import Route, Word, walk

OWN = School(word="wombat", digits=9876)
OTHER = School(word="quokka", digits=7654)
FOREIGN = re.compile(rf"{OTHER.word}|{OTHER.digits}\d\d\d|{OTHER.kinds['price']}", re.IGNORECASE)
DISTRICTS_PRICE = r"71,?717"
SEEN: Mapping[Role, set[Kind]] = {
    "admin": {"device", "flag", "price"},
    "technician": {"device", "flag", "price"},
    "procurement": {"device", "flag", "price"},
    "front_desk": {"device", "flag"},
    "viewer": {"device", "flag", "price"},
    "teacher": set(),
}
"""What was promised to whom, written down apart from the table in the code."""
PROMISED = Path(__file__).with_name("who_may.txt")
"""Which roles each address answers; who changes the table in the code changes this, too."""
OPEN = ["GET /api/v1/health/live", "GET /healthz", "GET /readyz", "GET /still-in"]
"""What tells everybody the same: that Rollcall is alive; and nobody that they are nobody."""
FOR_A_SECRET = ("/api/v1/enroll", "/api/v1/bridges/", "/api/v1/broker/", "/sign-in", "/c/", "/metrics")


@dataclass(frozen=True, kw_only=True)
class Door:
    """A running server, and who is signed in: of the own school and of all, each in every role."""

    app: FastAPI
    engine: Engine
    of_own: Mapping[Role, httpx.Client]
    of_all: Mapping[Role, httpx.Client]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    engine = new_store(tmp_path_factory.mktemp("roles"))
    with engine.begin() as connection:
        keep_school(connection, OWN)
        keep_school(connection, OTHER)
        keep_homeless(connection, OTHER)
        keep_judging(connection, OWN, OTHER)
    services = replace(services_for(engine), plan_settings=PlanSettings(prices=Prices(battery_swap=71717.0)))
    with lent_app(services) as app, ExitStack() as stack:
        server = WebServer(app, host="127.0.0.1", port=0)
        server.start()
        stack.callback(server.stop)
        clients = {
            (role, scope.is_all): stack.enter_context(httpx.Client(base_url=server.url, timeout=60))
            for role in ROLES
            for scope in (Scope(sites=frozenset({OWN.number(1)})), Scope.all())
        }
        for (role, is_all), client in clients.items():
            scope = Scope.all() if is_all else Scope(sites=frozenset({OWN.number(1)}))
            add_person(engine, _name(role, is_all=is_all), role, scope, NOW)
            _sign_in(client, engine, role, is_all=is_all)
        yield Door(
            app=app,
            engine=engine,
            of_own={role: clients[role, False] for role in ROLES},
            of_all={role: clients[role, True] for role in ROLES},
        )
    engine.dispose()


def _name(role: Role, *, is_all: bool) -> str:
    return f"{role} of {'all' if is_all else OWN.word}"


def _sign_in(client: httpx.Client, engine: Engine, role: Role, *, is_all: bool) -> None:
    session = redeem_link(engine, create_link(engine, _name(role, is_all=is_all), NOW), NOW)
    assert session is not None
    client.cookies.set(COOKIE_PLAIN, session)


def _reading(app: FastAPI) -> list[Route]:
    return [route for route in walk(app) if route.method == "GET" and not route.path.startswith(FOR_A_SECRET)]


def _of_other(said: Mapping[Word, Any]) -> dict[Word, Any]:
    """The same words, each of them the other school's."""
    known = {word: dict(zip(word.values(OWN), word.values(OTHER), strict=True)) for word in said}
    return {word: known[word].get(value, value) for word, value in said.items()}


@pytest.mark.slow
def test_nobody_sees_a_kind_that_the_role_may_not_or_another_school(door: Door) -> None:
    leaks: list[str] = []
    shown: dict[Role, set[str]] = {role: set() for role in ROLES}

    for route in _reading(door.app):
        found = route.own(door.of_own["admin"], OWN) or route.own(door.of_all["admin"], OWN)
        assert found is not None or route.path == "/import/before.csv", f"{route} has no answer"  # no list came yet
        said = route.plain() if found is None else found[0]
        for role, client in door.of_own.items():
            answer = route.ask(client, said).without(*said.values())
            foreign = route.ask(client, _of_other(said)).without(*_of_other(said).values())
            for kind, pattern in OWN.kinds.items():
                seen = re.search(pattern if kind != "price" else f"{pattern}|{DISTRICTS_PRICE}", answer.text)
                shown[role] |= {kind} if seen else set()
                if seen and kind not in SEEN[role]:
                    leaks.append(f"{route} tells a {role} a {kind}: {seen[0]}")
            told = [leak[0] for one in (answer, foreign) if (leak := FOREIGN.search(one.text))]
            leaks += [f"{route} tells a {role} of another school: {leak}" for leak in told]

    assert leaks == []
    assert shown == SEEN


def test_every_address_answers_the_roles_that_were_promised(door: Door) -> None:
    lines = []
    for route in sorted(walk(door.app), key=lambda one: (one.path, one.method)):
        if route.path.startswith(FOR_A_SECRET):
            continue
        may = [
            role for role, client in door.of_all.items() if route.ask(client, route.plain()).status not in {401, 403}
        ]
        lines.append(f"{route}: {' '.join(may)}")
        if route.path == "/sign-out":
            for role, client in door.of_all.items():
                _sign_in(client, door.engine, role, is_all=True)

    assert lines == PROMISED.read_text().splitlines()


def test_who_is_nobody_is_told_nothing(door: Door) -> None:
    with httpx.Client(base_url=door.of_own["admin"].base_url, timeout=60) as nobody:
        answers = {
            str(route): route.ask(nobody, route.plain())
            for route in walk(door.app)
            if not route.path.startswith(FOR_A_SECRET)
        }

    is_led = {name: one.status == 401 or "location: /sign-in" in one.text for name, one in answers.items()}
    assert sorted(name for name, led in is_led.items() if not led) == OPEN
    assert answers["GET /still-in"].text.endswith("\n\n")
