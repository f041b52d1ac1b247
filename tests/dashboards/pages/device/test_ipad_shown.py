"""An iPad's page: of its starts nothing can be known, and with its bridge lost it is silent, not failed."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rollcall_collector.identity.bridges import Brought, bring, check_bridge
from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.judged.flags import list_flags
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.tables import (
    boots,
    carts,
    devices,
    publishers,
    refusals,
    sites,
    start_judgements,
    verdicts,
)
from rollcall_wire import Inventory
from rollcall_wire.topics import topic
from tests.support.browsing import Served, serving
from tests.support.fleets.seed import NOW
from tests.support.identities import enroll_one, new_token
from tests.support.listening import boot, message, vitals
from tests.support.reading import read_page, words_of

IPAD = Inventory(platform="ipados", manufacturer="Apple", model="iPad (9th generation)")
COUNT = 4
UNKNOWN = "start-up: cannot be known on an iPad"


class School:
    """A cart of iPads behind one bridge, of which all were told on every school day up to some day."""

    def __init__(self, served: Served) -> None:
        self.served = served
        token = new_token(served.engine, platform="ipados", now=NOW)
        enrolled = enroll_one(served.engine, hardware="b", serial=None, token=token, now=NOW)
        self.bridge = enrolled.publisher
        told = [
            Brought(serial_number=f"DMPX{n:06}", hardware_keys=(f"00008030-{n:012}",), inventory=IPAD)
            for n in range(COUNT)
        ]
        found = bring(served.engine, check_bridge(served.engine, enrolled.publisher, enrolled.password), told, NOW)
        self.ids = [str(one) for one in found]
        with served.engine.begin() as connection:
            site = connection.execute(sa.select(sites.c.site)).scalars().first()
            connection.execute(sa.insert(carts), [{"cart": 1, "site": site, "name": "Cart B"}])
            connection.execute(sa.update(devices).values(cart=1, site=site))

    def tell(self, *, until_days_ago: int) -> int:
        """Let the bridge tell of a hundred days before; of the first iPad it makes up a start a day. Returns those kept."""
        days = [NOW.date() - timedelta(days=ago) for ago in range(until_days_ago + 100, until_days_ago - 1, -1)]
        told: list[dict[str, Any]] = []
        for on in (day for day in days if day.isoweekday() <= 5):
            at = datetime.combine(on, time(9), NOW.tzinfo)
            told += [vitals(len(told) + 1 + n, one, at=at) for n, one in enumerate(self.ids)]
            told.append(boot(len(told) + 1, self.ids[0], at=at, start_kind="full", to_login_seconds=600.0))
        registry = Registry(self.served.engine)
        registry.refresh()
        intake = Intake(engine=self.served.engine, registry=registry, clock=lambda: NOW)
        for first in range(0, len(told), 100):
            payload = message(self.bridge, told[first : first + 100])
            intake.receive([Arrived(topic(self.bridge, "reports").encode(), payload, 1)])
        intake.forget()
        with self.served.engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(boots)).scalar_one())

    def hear(self, *, days_ago: int, state: str) -> None:
        with self.served.engine.begin() as connection:
            heard_us = to_us(NOW - timedelta(days=days_ago))
            connection.execute(sa.update(publishers).values(last_heard_us=heard_us, state=state))

    def words(self, page: str) -> str:
        return words_of(read_page(self.served, page))


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with serving(tmp_path, is_seeded=False) as served:
        yield School(served)


def test_its_start_up_cannot_be_known_and_its_verdict_counts_nothing_for_it(school: School) -> None:
    kept = school.tell(until_days_ago=1)
    judge_fleet(school.served.engine, NOW)

    first, other = (school.words(f"/devices/{one}") for one in school.ids[:2])

    assert UNKNOWN in first
    assert UNKNOWN in other
    assert "this counts neither for nor against it" in first
    with school.served.engine.connect() as connection:
        judged = connection.execute(sa.select(verdicts.c.verdict, verdicts.c.sentence)).all()
        starts = connection.execute(sa.select(sa.func.count()).select_from(start_judgements)).scalar_one()
        refused = connection.execute(sa.select(sa.func.count()).select_from(refusals)).scalar_one()
    assert len(judged) == COUNT
    assert len(set(judged)) == 1  # a start that somebody makes up is refused at the door
    assert (kept, starts, refused > 0) == (0, 0, True)


@pytest.mark.parametrize("is_lost", [True, False])
def test_with_its_bridge_lost_it_is_silent_since_and_not_missing(school: School, is_lost: bool) -> None:
    school.tell(until_days_ago=40)
    school.hear(days_ago=39 if is_lost else 0, state="lost" if is_lost else "ready")
    judge_fleet(school.served.engine, NOW)

    cart, ipad, today = (school.words(page) for page in ("/carts/1", f"/devices/{school.ids[1]}", "/today"))

    assert ("Silent since" in ipad) == is_lost
    assert (f"{COUNT} of {COUNT} silent since" in cart) == is_lost
    assert cart.count("as is the bridge that tells of it: no sign of a fault.") == (COUNT if is_lost else 0)
    assert cart.count("look for it.") == (0 if is_lost else COUNT)
    assert ("counts neither for nor against it." in ipad) or not is_lost
    assert ("is not connected" in today) == is_lost
    with school.served.engine.connect() as connection:
        named = {one.finding for one in list_flags(connection, Scope.all())}
    assert named == (set() if is_lost else {"missing"})
    assert "have not been heard for two weeks" not in today
