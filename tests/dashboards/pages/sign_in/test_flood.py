"""Who floods the door gets nobody's session and none of the memory; the rightful person still comes in."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from rollcall_collector.api.app import API, create_app
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import Door
from rollcall_collector.api.turnstile import ADDRESSES_MAX
from rollcall_collector.identity.attempts import NAMES_MAX
from rollcall_collector.identity.people import add_person, create_link
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.tables import people, sign_ins
from tests.support.browsing import services_for
from tests.support.fleets import seed
from tests.support.identities import new_store

TIMES = 2_000
"""Ten thousand were tried once, with the same end; each costs a page."""


def from_elsewhere(number: int) -> dict[str, str]:
    """What a proxy says of a client: each time another address."""
    return {"x-forwarded-for": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}


@pytest.mark.slow
def test_thousands_of_wrong_links_passwords_and_sign_ins_let_nobody_in_and_fill_nothing(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    add_person(engine, "Tom", "technician", Scope.all(), seed.NOW)
    door = Door()
    services = replace(services_for(engine), door=door)
    server = WebServer(create_app(services), host="127.0.0.1", port=0, proxies=("127.0.0.1",))
    server.start()
    statuses: Counter[int] = Counter()
    try:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            for number in range(TIMES):
                # half from one address that is slowed down, half from everywhere; of passwords fewer: each takes work
                headers = from_elsewhere(number) if number % 2 else {}
                match number // 2 % 4:
                    case 0:
                        answer = client.post("/sign-in", data={"link": f"link {number}"}, headers=headers)
                    case 1:
                        said = {"code": "c", "state": "s"}
                        answer = client.get("/sign-in/back", params=said, headers=headers)
                    case 2 if number % 50 < 2:
                        form = {"name": f"name {number}", "password": "a wrong password"}
                        answer = client.post("/sign-in/password", data=form, headers=headers)
                    case _:
                        answer = client.get(f"/sign-in/link-{number}", headers=headers)
                statuses[answer.status_code] += 1
                assert "set-cookie" not in answer.headers or "rollcall-flow=" in answer.headers["set-cookie"]
            link = create_link(engine, "Tom", seed.NOW)
            flooded = client.post("/sign-in/password", data={"name": "Tom", "password": "any password"})
            entered = client.post("/sign-in", data={"link": link})
            alive = client.get(f"{API}/health/live").status_code
    finally:
        server.stop()

    with engine.connect() as connection:
        rows = [connection.execute(select(func.count()).select_from(one)).scalar_one() for one in (people, sign_ins)]
    engine.dispose()
    assert statuses[303] == 0
    assert statuses[429] > TIMES // 10  # most of what came from the one address
    assert len(door.turnstile._left) <= ADDRESSES_MAX
    assert len(door.attempts._wrong) <= NAMES_MAX
    assert rows == [1, 2]  # Tom, his link and his session
    assert (flooded.status_code, "A link from an administrator works all the same" in flooded.text) == (429, True)
    assert (entered.status_code, alive) == (303, 200)


@pytest.mark.slow
def test_behind_a_proxy_each_person_has_an_address_of_their_own_and_nobody_else_says_so(tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    statuses: dict[tuple[str, ...], list[int]] = {}
    for proxies in (("127.0.0.1",), ("10.9.9.9",)):
        server = WebServer(create_app(services_for(engine)), host="127.0.0.1", port=0, proxies=proxies)
        server.start()
        with httpx.Client(base_url=server.url, timeout=60) as client:
            for _ in range(620):
                client.get("/sign-in/a-link", headers=from_elsewhere(1))
            answers = (client.get("/sign-in/a-link", headers=from_elsewhere(number)) for number in (1, 2))
            statuses[proxies] = [one.status_code for one in answers]
        server.stop()
    engine.dispose()

    assert statuses == {("127.0.0.1",): [429, 200], ("10.9.9.9",): [429, 429]}
