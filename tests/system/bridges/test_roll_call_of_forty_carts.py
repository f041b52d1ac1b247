"""At 8:40 forty carts are called at once: collector and bridge together keep to the pace, the most urgent first."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from rollcall_agent.bridges.bridge import RollCall
from rollcall_agent.bridges.nanomdm.agenda import Agenda
from rollcall_agent.bridges.nanomdm.asking import A_SECOND_AND_SITE_MAX, Asker
from rollcall_agent.bridges.nanomdm.memory import IpadMemory
from rollcall_agent.bridges.nanomdm.words import read_word
from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.roll_call import ask_roll_call
from tests.support.ipads import posts
from tests.support.ipads.called_school import NOW, CalledSchool, called_school
from tests.support.ipads.fake_nanomdm import API_KEY, FakeNanoMdm, fake_nanomdm

CARTS, EACH, SITES = 40, 30, 4
IPADS = CARTS * EACH
SECOND = timedelta(seconds=1)


@dataclass
class Together:
    """The collector of a school, its bridge and NanoMDM, at one clock. Four of five iPads answer within a second."""

    school: CalledSchool
    service: FakeNanoMdm
    memory: IpadMemory
    asker: Asker

    def enroll(self) -> None:
        """Every iPad enrolled at night, and was asked the question of the day long before school."""
        self.school.now = NOW.replace(hour=3)
        for number in range(IPADS):
            said = json.dumps(posts.event(posts.authenticate(number), self.school.now)).encode()
            self.memory.hear(read_word(said))
        while self.asker.step(self.school.now):
            self.school.now += SECOND
        self.service.requests.clear()
        self.school.now = NOW
        self.school.to_ask()  # as it did all night

    def second(self) -> list[int]:
        """What passes in one second; whom the bridge asked."""
        known = len(self.service.requests)
        self.asker.step(self.school.now)
        asked = [number_of(udid) for request in self.service.requests[known:] for udid in request]
        self.school.now += SECOND
        self.school.answer_all([one for one in asked if one % 5], self.school.now)
        return asked


@pytest.fixture
def together(tmp_path: Path) -> Iterator[Together]:
    with called_school(tmp_path) as school, fake_nanomdm() as service, ExitStack() as stack:
        memory = IpadMemory(tmp_path / "bridge")
        memory.start()
        stack.callback(memory.stop)
        memory._connection.execute("PRAGMA synchronous = OFF")  # type: ignore[union-attr]  # no disk is tried here
        collector, nanomdm = Door(school.url), Door(service.url)
        for door in (collector, nanomdm):
            door.start()
            stack.callback(door.stop)
        asker = Asker(
            agenda=Agenda(memory),
            door=nanomdm,
            api_key=API_KEY,
            roll_call=lambda: [
                RollCall(serial_number=serial, site=site) for serial, site in ask_roll_call(collector, school.identity)
            ],
            is_inviting=False,
        )
        school.fill(CARTS, among=SITES)
        yield Together(school=school, service=service, memory=memory, asker=asker)


@pytest.mark.slow
def test_forty_carts_at_once_stay_under_the_pace_of_their_sites_the_most_urgent_first(together: Together) -> None:
    together.enroll()
    urgent = range(CARTS - 8, CARTS)  # two carts a site have the next lesson, the others the one after
    for cart in range(CARTS):
        needed = NOW + timedelta(minutes=10 if cart in urgent else 60)
        together.school.call(cart + 1, needed_at=needed.isoformat())

    seconds = [together.second() for _ in range(IPADS // SITES // A_SECOND_AND_SITE_MAX + 15)]
    asked = [number for second in seconds for number in second]
    pages = {cart: together.school.page(cart + 1) for cart in (0, CARTS - 1)}

    paces = [Counter(site_of(number) for number in second) for second in seconds]
    busy = [pace for pace in paces if pace]
    print(
        f"{len(asked)} asked in {len(busy)} seconds, at most {max(max(one.values()) for one in busy)} a second and site"
    )
    assert len(asked) == len(set(asked)) == IPADS
    assert {count for pace in busy for count in pace.values()} == {A_SECOND_AND_SITE_MAX}
    assert len(busy) == IPADS // SITES // A_SECOND_AND_SITE_MAX
    for site in range(SITES):
        order = [number // EACH in urgent for number in asked if site_of(number) == site]
        assert order == sorted(order, reverse=True)  # 60 urgent ones, then 240
    for cart, words in pages.items():
        assert f"Asked for their level now: {EACH * 4 // 5} of {EACH} answered. No level is older than:" in words, cart
    assert "1 min ago" in pages[CARTS - 1]


def number_of(udid: str) -> int:
    return int(udid.partition("-")[2], 16)


def site_of(number: int) -> int:
    return number // EACH % SITES
