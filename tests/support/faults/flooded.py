"""A school's own collector and broker, with devices of which some flood: how long the honest ones wait for their acks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from rollcall_collector.identity.credentials import hash_password
from rollcall_collector.store.database import open_database
from rollcall_collector.store.tables import publishers
from tests.support.brokers.mosquitto import free_port
from tests.support.faults.flooding import flooding
from tests.support.faults.going_up import Running, running_verb
from tests.support.faults.probing import Probe, probing, quantile
from tests.support.identities import new_store
from tests.support.listening import device_id, enroll
from tests.support.require import require
from tests.support.wait import wait_for

PASSWORD = "device-password"
HONEST = 4
REPORTS_A_SECOND = 4


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Seconds that reports waited for their acks; infinite for those that never had one."""

    p50: float
    p99: float
    reports: int

    def __str__(self) -> str:
        return f"p50 {self.p50:.3f} s, p99 {self.p99:.3f} s of {self.reports} acks"


@dataclass(frozen=True, kw_only=True)
class FloodedSchool:
    """The first four of its devices are honest; the others may flood, each in its turn."""

    broker: str
    engine: Engine
    port: int
    running: Running

    def waits(self, seconds: float) -> Waits:
        """Let the honest devices report for so long."""
        with probing(self.port, [self.credential(number) for number in range(1, HONEST + 1)]) as probes:
            _speak(probes, seconds)
        waited = [wait for one in probes for wait in one.waits()]
        return Waits(p50=quantile(waited, 0.5), p99=quantile(waited, 0.99), reports=len(waited))

    def waits_beside(self, kinds: Sequence[str], seconds: float, *, first: int = HONEST + 1) -> Waits:
        """The same while devices flood, one for each kind; `first` is the number of the first of them."""
        bad = [self.credential(number) for number in range(first, first + len(kinds))]
        with flooding(self.port, bad, kinds, seconds + 60):
            return self.waits(seconds)

    @staticmethod
    def credential(number: int) -> tuple[str, str]:
        """Name and password of one device."""
        return device_id(number), PASSWORD


@contextmanager
def flooded_school(folder: Path, broker: str, devices: int, *, url: str | None = None) -> Iterator[FloodedSchool]:
    """`rollcall up` with so many devices besides the honest ones; skips where its broker is not installed.

    Its store is the empty one at this address, where one is named.
    """
    if broker == "mosquitto":
        require("mosquitto")
    folder.mkdir(exist_ok=True)
    engine = new_store(folder) if url is None else open_database(url)
    enroll(engine, HONEST + devices)
    with engine.begin() as connection:
        connection.execute(publishers.update().values(secret_hash=hash_password(PASSWORD)))
    port = free_port()
    settings = {"ROLLCALL_BROKER__KIND": broker, "ROLLCALL_BROKER__PORT": str(port), "ROLLCALL_WEB__PORT": "0"}
    settings["ROLLCALL_DATABASE"] = engine.url.render_as_string(hide_password=False)
    with running_verb(folder, "up", "--without-agent", settings=settings) as running:
        running.wait_until_it_says("Rollcall is up")
        running.wait_until_it_says("broker.connected")
        yield FloodedSchool(broker=broker, engine=engine, port=port, running=running)
    engine.dispose()


def _speak(probes: Sequence[Probe], seconds: float) -> None:
    reports = int(seconds * REPORTS_A_SECOND)
    wait_for(lambda: len(probes[0].waits()) >= reports, seconds=seconds + 30, what=f"{reports} reports told")
