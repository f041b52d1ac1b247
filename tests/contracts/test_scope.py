"""Who sees one school is told nothing of another: asked at every address there is, with everything one could ask."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from rollcall_collector.api.app import API, create_api
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.identity.people import add_person, create_link, redeem_link
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.tables import metadata
from rollcall_dashboards.shared.wording import say_bytes
from tests.support.apps import lent_app
from tests.support.browsing import services_for
from tests.support.fleets.two_schools import NOW, School, keep_homeless, keep_judging, keep_school
from tests.support.walking import Answer, Route, Word, asked_in, walk

OWN = School(word="wombat", digits=9876)
OTHER = School(word="quokka", digits=7654)
NOBODY = School(word="numbat", digits=3210)
"""As long as the other, so that not even a length tells them apart."""
FOREIGN = re.compile(rf"{OTHER.word}|{OTHER.digits}\d\d\d", re.IGNORECASE)
DOMESTIC = re.compile(rf"{OWN.word}|{OWN.digits}\d\d\d", re.IGNORECASE)
OF_NO_SCHOOL = {
    f"{API}/health/live",
    f"{API}/openapi.json",
    "/api",
    "/enroll/ca.pem",
    "/healthz",
    "/import",
    "/privacy",
    "/readyz",
    "/sign-in",
    "/sign-in/provider",
    "/sign-in/{link}",
    "/still-in",
}
"""What tells the same to everybody."""
FOR_A_SECRET = {
    f"POST {API}/broker/{{form}}/{{asked}}",
    f"POST {API}/enroll",
    f"PUT {API}/bridges/devices",
    f"PUT {API}/bridges/checks",
    f"GET {API}/bridges/roll-call",
    "GET /sign-in/back",
    "POST /sign-in",
    "POST /sign-in/password",
    "GET /c/{secret}",
    "GET /metrics",
    "POST /c/{secret}",
}
"""Who asks shows a token, a password, a link or the code on a cart, and is nobody yet."""
CHOSEN = "POST /account/password"
"""A word that somebody chooses for themselves names nothing, and the first that is long enough is kept."""
FOR_WHO_SEES_ALL = {
    "POST /health/restores/{restore}/close",
    "POST /health/restores/{restore}/reopen",
    "GET /import/before.csv",
    "POST /import",
    "POST /import/keep",
    "POST /import/undo",
    "POST /replace/prices",
    "POST /replace/prices/undo",
    "GET /settings/sign-in",
    "GET /setup",
    "GET /setup/{step}",
    "POST /settings/holidays",
    "POST /settings/school",
    "POST /settings/school/undo",
    "POST /settings/sign-in",
    "POST /settings/sign-in/addresses",
    "POST /settings/sign-in/check",
    "POST /settings/sign-in/emergency",
    "POST /settings/sign-in/reset",
    "POST /settings/sign-in/rules",
    "POST /settings/sign-in/rules/remove",
    "POST /setup/done",
    "POST /setup/person",
}
"""A list names any device and moves it; prices, and the school as a whole, hold for every school."""


@pytest.fixture
def app(engine: Engine) -> Iterator[FastAPI]:
    """The whole app on a store with the own school, and with a judging of that and of another."""
    with engine.begin() as connection:
        keep_school(connection, OWN)
        keep_judging(connection, OWN, OTHER)
    own = Scope(sites=frozenset({OWN.number(1)}))
    add_person(engine, OWN.word, "admin", own, NOW)
    add_person(engine, OWN.texts[-1], "viewer", own, NOW)  # somebody who can be asked for by a name of the school
    with lent_app(services_for(engine)) as lent:
        yield lent


@pytest.fixture
def client(app: FastAPI, engine: Engine) -> Iterator[httpx.Client]:
    server = WebServer(app, host="127.0.0.1", port=0)
    server.start()
    with httpx.Client(base_url=server.url, timeout=60) as opened:
        sign_in(opened, engine, OWN.word)
        yield opened
    server.stop()


def sign_in(client: httpx.Client, engine: Engine, name: str) -> None:
    session = redeem_link(engine, create_link(engine, name, NOW), NOW)
    assert session is not None
    client.cookies.set(COOKIE_PLAIN, session)


def keep_other(engine: Engine) -> None:
    with engine.begin() as connection:
        keep_school(connection, OTHER)
        keep_homeless(connection, OTHER)
    add_person(engine, f"{OTHER.word}-person", "viewer", Scope.all(), NOW)


def reading(app: FastAPI) -> list[Route]:
    return [route for route in walk(app) if route.method == "GET"]


def tell_alike(route: Route, client: httpx.Client, said: dict[Word, Any], word: Word) -> Iterator[str]:
    """What is wrong with the answers to the other school's names and keys; like those to made-up ones they must be."""
    for foreign, unknown in zip(word.values(OTHER), word.values(NOBODY), strict=True):
        answer = route.ask(client, {**said, word: foreign}).without(*parts(foreign))
        if found := FOREIGN.search(answer.text):
            yield f"{route}: {word.name}={foreign} tells {found[0]}"
        if answer != route.ask(client, {**said, word: unknown}).without(*parts(unknown)):
            yield f"{route}: {word.name}={foreign} is not told like what is not there"


def parts(sent: str | int) -> tuple[str, ...]:
    """What was sent, and its first half where it is written `SITE=MONEY`: answers may repeat either."""
    return str(sent), str(sent).partition("=")[0]


def rows_of(engine: Engine, word: str) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            name: sorted(text for row in connection.execute(select(table)) if word in (text := str(row)))
            for name, table in metadata.tables.items()
        }


def test_the_walk_knows_every_address_that_the_api_describes(app: FastAPI, engine: Engine) -> None:
    described = {
        f"{method.upper()} {API}{path}"
        for path, methods in create_api(services_for(engine)).openapi()["paths"].items()
        for method in methods
    }

    assert described <= {str(route) for route in walk(app)}


@pytest.mark.slow
@pytest.mark.reckoning
def test_no_address_tells_anything_of_another_school(app: FastAPI, client: httpx.Client, engine: Engine) -> None:
    keep_other(engine)
    wrong: list[str] = []

    for route in reading(app):
        found = route.own(client, OWN)
        if str(route) in FOR_WHO_SEES_ALL | FOR_A_SECRET:
            assert found is None
            continue
        assert found is not None, f"{route} has no answer for anything of the own school"
        said, answer = found
        if leak := FOREIGN.search(answer.text):
            wrong.append(f"{route} tells {leak[0]}")
        if route.path not in OF_NO_SCHOOL and not DOMESTIC.search(answer.without(*said.values()).text):
            wrong.append(f"{route} tells nothing of the own school")
        for word in {*route.words, *asked_in(answer)}:
            wrong += tell_alike(route, client, said, word)

    assert wrong == []


def test_no_answer_changes_when_another_school_is_added(app: FastAPI, client: httpx.Client, engine: Engine) -> None:
    before = read_everything(app, client)

    keep_other(engine)

    after = read_everything(app, client)
    assert [name for name in before if before[name] != after[name]] == []


def read_everything(app: FastAPI, client: httpx.Client) -> dict[str, Answer]:
    """Every answer about the own school; how large the database is, is everybody's."""
    size = client.get(f"{API}/health").json()["database_bytes"]
    found: dict[str, Answer] = {}
    for route in reading(app):
        asked = route.own(client, OWN)
        found[str(route)] = asked[1].without(size, say_bytes(size)) if asked else Answer(status=404, text="")
    return found


def test_nothing_of_another_school_can_be_changed(app: FastAPI, client: httpx.Client, engine: Engine) -> None:
    keep_other(engine)
    writing = [route for route in walk(app) if route.method != "GET"]
    before = rows_of(engine, OTHER.word)
    wrong: list[str] = []

    for route in writing:
        sign_in(client, engine, OWN.word)  # one of them signs out
        for word in route.needed if str(route) != CHOSEN else ():
            wrong += tell_alike(route, client, route.plain(), word)
        is_refused = str(route) in FOR_A_SECRET | FOR_WHO_SEES_ALL
        if (route.own(client, OWN) is None) != is_refused:
            wrong.append(f"{route} {'lets somebody in' if is_refused else 'does nothing for the own school'}")

    after = rows_of(engine, OTHER.word)
    assert wrong == []
    assert [name for name in before if not set(before[name]) <= set(after[name])] == []
    # How somebody is called is free: the own administrator let people of these names look at the own school, as is noted.
    assert {name for name in before if before[name] != after[name]} <= {"people", "audit"}
