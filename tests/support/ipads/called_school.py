"""A school whose carts of iPads stand behind one bridge, with its collector's real web server, at a clock of the test's."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_agent.enrollment import Identity
from rollcall_collector.api.app import create_app
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import PublicBroker, Services
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.tables import carts, device_states, devices, sites
from rollcall_wire import Inventory
from rollcall_wire.encoding import plain
from tests.support.fleets import seed
from tests.support.identities import enroll_one, new_store, new_token
from tests.support.ipads.posts import serial_of, udid_of
from tests.support.reading import words_of

NOW = datetime(2026, 3, 4, 8, 40, tzinfo=UTC)  # a Wednesday
IPAD = plain(Inventory(platform="ipados", model="iPad (9th generation)"))


@dataclass
class CalledSchool:
    """Carts of thirty iPads behind one bridge; school from 8 to 15 o'clock."""

    engine: Engine
    url: str
    login: tuple[str, str]
    session: str
    now: datetime = NOW
    ids: dict[str, str] = field(default_factory=dict)

    def fill(self, count: int, *, among: int = 1, is_asking: bool = True) -> None:
        """So many carts, turn by turn at so many sites; the bridge is one that asks its devices."""
        told = [
            {"serial_number": serial_of(number), "hardware_keys": [udid_of(number)], "inventory": IPAD}
            for number in range(count * 30)
        ]
        answer = httpx.put(f"{self.url}/api/v1/bridges/devices", json={"devices": told}, auth=self.login, timeout=60)
        self.ids = {serial_of(number): one["device_id"] for number, one in enumerate(answer.json()["devices"])}
        with self.engine.begin() as connection:
            for site in range(2, among + 1):
                hours = {"zone": "UTC", "opens_minute": 480, "closes_minute": 900}
                connection.execute(sa.insert(sites), [{"site": site, "name": f"Site {site}", **hours}])
            for cart in range(count):
                place = {"cart": cart + 1, "site": cart % among + 1}
                connection.execute(sa.insert(carts), [{"name": f"Cart {cart + 1}", **place}])
                mine = [self.ids[serial_of(number)] for number in range(cart * 30, cart * 30 + 30)]
                connection.execute(sa.update(devices).where(devices.c.device_id.in_(mine)).values(**place))
        if is_asking:
            self.to_ask()

    def call(self, cart: int, **wanted: str) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.url}/api/v1/carts/{cart}/roll-call", json=wanted, cookies={"rollcall": self.session}, timeout=30
        )
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def to_ask(self, **more: Any) -> list[str]:
        """The serial numbers that the bridge is to ask, in their order."""
        answer = httpx.get(f"{self.url}/api/v1/bridges/roll-call", auth=self.login, timeout=30, **more)
        answer.raise_for_status()
        return [one["serial_number"] for one in answer.json()["devices"]]

    def answer(self, number: int, at: datetime) -> None:
        self.answer_all([number], at)

    def answer_all(self, numbers: Collection[int], at: datetime) -> None:
        """As if the bridge had told their levels."""
        with self.engine.begin() as connection:
            mine = devices.c.device_id.in_([self.ids[serial_of(number)] for number in numbers])
            keys = connection.execute(sa.select(devices.c.device).where(mine)).scalars().all()
            told = {"last_heard_us": to_us(at), "vitals_us": to_us(at), "vitals": '{"battery_level_percent": 81}'}
            connection.execute(sa.delete(device_states).where(device_states.c.device.in_(keys)))
            if keys:
                connection.execute(sa.insert(device_states), [{"device": key, **told} for key in keys])

    def key(self, number: int) -> int:
        with self.engine.connect() as connection:
            asked = sa.select(devices.c.device).where(devices.c.device_id == self.ids[serial_of(number)])
            return int(connection.execute(asked).scalar_one())

    @property
    def identity(self) -> Identity:
        """The bridge's."""
        return Identity(
            device_id=None, publisher=self.login[0], password=self.login[1], broker_host="127.0.0.1", broker_port=1,
            ca_pem=None, settings={}, hardware={}, url=self.url,
        )  # fmt: skip

    def page(self, cart: int) -> str:
        return words_of(httpx.get(f"{self.url}/carts/{cart}", cookies={"rollcall": self.session}, timeout=30).text)


@contextmanager
def called_school(folder: Path) -> Iterator[CalledSchool]:
    """A running one, without devices."""
    engine = new_store(folder)
    enrolled = enroll_one(
        engine, hardware="b", serial=None, token=new_token(engine, platform="ipados", now=NOW), now=NOW
    )
    with engine.begin() as connection:
        connection.execute(sa.update(sites).values(zone="UTC", opens_minute=480, closes_minute=900))
    services = Services(
        engine=engine,
        clock=lambda: found.now,
        zone="UTC",
        version="1",
        broker=PublicBroker(host="rollcall.school.example", port=8883),
    )
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        session = seed.sign_in(engine, "Vera", "viewer", now=NOW)
        server = WebServer(create_app(services), host="127.0.0.1", port=0)
        found = CalledSchool(engine=engine, url="", login=(enrolled.publisher, enrolled.password), session=session)
        server.start()
        stack.callback(server.stop)
        found.url = server.url
        yield found
