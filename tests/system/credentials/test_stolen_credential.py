"""Whoever steals a device's name and password can report on that device, at its credit, and is soon cut: nothing else."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from rollcall_collector.api.app import create_app
from rollcall_collector.ingest.allowance import A_SECOND, AT_ONCE
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.publishers.put_off import list_put_off
from rollcall_collector.store.tables import failures, refusals
from rollcall_wire.topics import topic
from tests.support.agents import environment
from tests.support.brokers.either import BROKERS
from tests.support.brokers.speaking import Speaker, speakers
from tests.support.browsing import services_for
from tests.support.faults.flooded import HONEST, FloodedSchool, flooded_school
from tests.support.listening import NOW, device_id, failure, message
from tests.support.wait import settled, wait_for
from tests.support.walking import walk

pytestmark = pytest.mark.slow
NEIGHBOUR, STOLEN, GREEDY, REVOKED = 1, HONEST + 1, HONEST + 2, HONEST + 3
CUT_SECONDS = 60.0


@pytest.fixture(scope="module", params=BROKERS)
def school(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FloodedSchool]:
    with flooded_school(tmp_path_factory.mktemp("stolen"), request.param, REVOKED - HONEST) as running:
        yield running


def _speaker(school: FloodedSchool, number: int) -> Speaker:
    return Speaker(school.port, *school.credential(number))


def _told(number: int, seq: int, *, about: int | None = None) -> bytes:
    return message(device_id(number), [failure(seq, device_id(about or number))])


def _kept(school: FloodedSchool, number: int) -> int:
    query = sa.select(sa.func.count()).where(failures.c.device == number)
    with school.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def test_it_reports_on_its_own_device_and_on_no_other(school: FloodedSchool) -> None:
    name, other = device_id(STOLEN), device_id(NEIGHBOUR)
    kept = _kept(school, NEIGHBOUR)
    with speakers(_speaker(school, STOLEN), _speaker(school, NEIGHBOUR)) as (thief, neighbour):
        neighbour.subscribe(topic(other, "acks"), topic(other, "settings"))
        wait_for(lambda: topic(other, "settings") in neighbour.topics(), what="the neighbour's settings")
        thief.subscribe("#", topic(other, "reports"), topic(other, "acks"), topic(other, "settings"))
        heard = len(neighbour.heard)

        thief.say(topic(name, "reports"), _told(STOLEN, 1, about=NEIGHBOUR))
        for leaf in ("reports", "state", "acks", "settings"):
            thief.say(topic(other, leaf), _told(NEIGHBOUR, 99), is_retained=leaf != "reports")
        thief.say(topic(name, "settings"), b'{"vitals_minutes": 1}', is_retained=True)
        thief.say(topic(name, "reports"), _told(STOLEN, 2))
        wait_for(lambda: _kept(school, STOLEN) == 1, what="its own report")
        neighbour.say(topic(other, "reports"), _told(NEIGHBOUR, 1))
        wait_for(lambda: len(neighbour.heard) > heard, what="the neighbour's ack")

        with school.engine.connect() as connection:
            refused = connection.execute(
                sa.select(refusals.c.reason).where(refusals.c.publisher.in_((name, other)))
            ).scalars()
            assert list(refused) == ["wrong_device"]
        assert _kept(school, NEIGHBOUR) == kept + 1
        assert {where for where in thief.topics() if name not in where} == set()
        assert [where for where, _ in neighbour.heard[heard:]] == [topic(other, "acks")]


def test_it_opens_no_page_and_no_address_that_is_not_open_to_all(school: FloodedSchool) -> None:
    name, password = school.credential(STOLEN)
    url = school.running.said().partition("Rollcall is up: ")[2].split()[0]
    routes = list(walk(create_app(services_for(school.engine))))
    everybody = httpx.Client(base_url=url, timeout=60)
    shown = (
        httpx.Client(base_url=url, timeout=60, auth=(name, password)),
        httpx.Client(base_url=url, timeout=60, headers={"authorization": f"Bearer {password}"}),
        httpx.Client(base_url=url, timeout=60, cookies={"rollcall": password}),
    )

    opened = set()
    for route in routes:
        known = route.ask(everybody, route.plain()).status
        answers = {route.ask(thief, route.plain()).status for thief in shown}
        opened |= {str(route) for status in answers if status < 400 and status != known}
    for client in (everybody, *shown):
        client.close()

    assert len(routes) > 100
    assert opened == set()


def test_it_says_no_more_than_a_device_may(school: FloodedSchool) -> None:
    name, many = device_id(GREEDY), 3_000
    with _speaker(school, GREEDY) as thief:
        began = time.monotonic()
        for seq in range(1, many + 1):
            thief.say(topic(name, "reports"), _told(GREEDY, seq))
        wait_for(lambda: _is_put_off(school, name), seconds=60, what="that it is put off")
        kept, seconds = _kept(school, GREEDY), time.monotonic() - began

    assert 0 < kept <= AT_ONCE + A_SECOND * seconds


def test_it_is_cut_within_a_minute_of_its_revoking_and_never_comes_back(
    school: FloodedSchool, capsys: pytest.CaptureFixture[str]
) -> None:
    name, seqs = device_id(REVOKED), iter(range(1, 1_000_000))
    with _speaker(school, REVOKED) as thief:
        thief.say(topic(name, "reports"), _told(REVOKED, next(seqs)))
        wait_for(lambda: _kept(school, REVOKED) == 1, what="its report")

        began = time.monotonic()
        with ThreadPoolExecutor(1) as technician:
            revoking = technician.submit(_revoke, school, name)
            wait_for(lambda: _is_cut(thief, _told(REVOKED, next(seqs))), seconds=CUT_SECONDS, what="the cut")
            cut_after = time.monotonic() - began
            revoking.result()
    kept = settled(lambda: _kept(school, REVOKED))
    with _speaker(school, REVOKED) as again:
        answer = again.answer
        again.say(topic(name, "reports"), _told(REVOKED, next(seqs)))
    with _speaker(school, NEIGHBOUR) as neighbour:
        before = _kept(school, NEIGHBOUR)
        neighbour.say(topic(device_id(NEIGHBOUR), "reports"), _told(NEIGHBOUR, 2))
        wait_for(lambda: _kept(school, NEIGHBOUR) == before + 1, what="a report after it")

    with capsys.disabled():
        print(
            f"\n{school.broker}: a credential was cut {cut_after:.1f} s after a technician began to revoke it", end=""
        )
    assert answer is not True
    assert settled(lambda: _kept(school, REVOKED)) == kept


def _is_cut(thief: Speaker, report: bytes) -> bool:
    thief.say(topic(device_id(REVOKED), "reports"), report)
    return not thief.is_connected()


def _is_put_off(school: FloodedSchool, name: str) -> bool:
    with school.engine.connect() as connection:
        return any(one.publisher == name for one in list_put_off(connection, Scope.all(), since=NOW))


def _revoke(school: FloodedSchool, name: str) -> None:
    """As a technician does, in another process."""
    subprocess.run(
        [Path(sys.executable).with_name("rollcall"), "publishers", "revoke", name],
        env=environment(ROLLCALL_DATABASE=str(school.engine.url)),
        check=True,
        capture_output=True,
        timeout=60,
    )
