"""A real RabbitMQ asks the collector who may speak: no password file, the same rights, and a revoked device is cut."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_wire.topics import topic
from tests.support.agents import ask, environment
from tests.support.brokers.mosquitto import free_port
from tests.support.brokers.rabbitmq import asking, rabbitmq
from tests.support.brokers.speaking import Speaker
from tests.support.faults.enrolled_reporter import RATE, Reporter
from tests.support.faults.going_up import Running, running_verb
from tests.support.identities import enroll_one, new_store, new_token
from tests.support.listening import failure, message
from tests.support.wait import settled, wait_for

pytestmark = pytest.mark.slow
CUT_SECONDS = 60.0
LOST = "broker.troubled"
PATIENCE = 90.0


@dataclass(frozen=True, kw_only=True)
class AskedSchool:
    """`rollcall serve` beside a RabbitMQ that asks it, and devices by letter: their names and passwords."""

    folder: Path
    engine: Engine
    port: int
    url: str
    running: Running
    devices: dict[str, tuple[str, str]]

    def speaker(self, letter: str, **more: Any) -> Speaker:
        return Speaker(self.port, *self.devices[letter], **more)

    def name(self, letter: str) -> str:
        return self.devices[letter][0]

    def kept(self, name: str) -> int:
        query = sa.text("SELECT count(*) FROM failures JOIN devices USING (device) WHERE device_id = :name")
        with self.engine.connect() as connection:
            return int(connection.execute(query, {"name": name}).scalar_one())

    def told(self, letter: str, seq: int) -> bytes:
        return message(self.name(letter), [failure(seq, self.name(letter))])

    def revoke(self, name: str) -> None:
        """As a technician does, in another process."""
        program = Path(sys.executable).with_name("rollcall")
        where = environment(ROLLCALL_DATABASE=str(self.engine.url))
        subprocess.run([program, "publishers", "revoke", name], env=where, check=True, capture_output=True, timeout=90)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AskedSchool]:
    folder = tmp_path_factory.mktemp("asked")
    token, web = "the-brokers-own-token", free_port()
    (folder / "token").write_text(token)
    engine = new_store(folder)
    shown = new_token(engine, uses=4)
    enrolled = {letter: enroll_one(engine, hardware=letter, serial=None, token=shown) for letter in "abcd"}
    with rabbitmq(folder / "rabbitmq", settings=asking(f"http://broker:{token}@127.0.0.1:{web}")) as cluster:
        settings = {
            "ROLLCALL_BROKER__KIND": "external",
            "ROLLCALL_BROKER__PORT": str(cluster.ports[0]),
            "ROLLCALL_BROKER__ASK_TOKEN_FILE": str(folder / "token"),
            "ROLLCALL_WEB__PORT": str(web),
        }
        with running_verb(folder, "serve", settings=settings) as running:
            running.wait_until_it_says("broker.connected", seconds=180)
            yield AskedSchool(
                folder=folder,
                engine=engine,
                port=cluster.ports[0],
                url=f"http://127.0.0.1:{web}",
                running=running,
                devices={letter: (one.publisher, one.password) for letter, one in enrolled.items()},
            )
    engine.dispose()


def test_an_agent_enrolls_and_delivers_and_is_cut_once_it_is_revoked(
    school: AskedSchool, capsys: pytest.CaptureFixture[str]
) -> None:
    token = new_token(school.engine)
    enrolled = ask("enroll", school.folder / "agent", school.url, "--token-file", "-", stdin=token)
    assert enrolled.returncode == 0, enrolled.stderr
    device = Reporter(school.folder / "agent")
    device.start()
    try:
        wait_for(lambda: school.kept(device.publisher) > RATE, seconds=PATIENCE, what="its first reports")

        lost, began = device.log.count(LOST), time.monotonic()
        with ThreadPoolExecutor(1) as technician:
            revoking = technician.submit(school.revoke, device.publisher)
            wait_for(lambda: device.log.count(LOST) > lost, seconds=CUT_SECONDS, what="the cut")
            cut_after = time.monotonic() - began
            revoking.result()
        wait_for(lambda: "the broker refuses the connection" in device.log, seconds=PATIENCE, what="the refusal")
        kept = settled(lambda: school.kept(device.publisher))
        told = device.told
        wait_for(lambda: device.told > told + RATE, seconds=PATIENCE, what="more reports that wait")
    finally:
        device.kill()

    with capsys.disabled():
        print(f"\nRabbitMQ asks: an agent was cut {cut_after:.1f} s after a technician began to revoke it", end="")
    assert school.kept(device.publisher) == kept


def test_a_borrowed_client_id_is_refused_and_its_owner_stays(school: AskedSchool) -> None:
    with school.speaker("a") as owner:
        owner.subscribe(topic(school.name("a"), "acks"))
        with (
            school.speaker("b", client_id=school.name("a")) as borrower,
            school.speaker("b", client_id="") as nameless,
        ):
            assert borrower.answer is not True
            assert nameless.answer is not True

        owner.say(topic(school.name("a"), "reports"), school.told("a", 1))
        wait_for(lambda: owner.heard, seconds=PATIENCE, what="the owner's ack")
        assert owner.is_connected()


def test_a_stolen_credential_reports_on_its_device_and_can_do_nothing_else(school: AskedSchool) -> None:
    own, other = school.name("c"), school.name("d")
    deeds = [(topic(other, leaf), b"x") for leaf in ("reports", "state", "acks", "settings")]
    deeds += [(topic(own, "acks"), b"x"), (topic(own, "settings"), b'{"vitals_minutes": 1}')]
    filters = ("#", "rollcall/v1/+/+/acks", topic(other, "acks"), topic(other, "settings"), topic(own, "reports"))
    with school.speaker("d") as neighbour:
        neighbour.subscribe(topic(other, "acks"), topic(other, "settings"))
        wait_for(lambda: topic(other, "settings") in neighbour.topics(), seconds=PATIENCE, what="its settings")
        before = len(neighbour.heard)

        cuts, heard = 0, []
        for where, payload in deeds:
            with school.speaker("c") as thief:
                cuts += _is_cut(thief, where, payload)
        for wanted in filters:
            with school.speaker("c") as thief:
                granted = thief.subscribe(wanted)
                heard += [wanted] if granted == [True] else []
        with school.speaker("c", will=topic(other, "state")) as thief:
            thief.say(topic(own, "reports"), school.told("c", 1))
            wait_for(lambda: school.kept(own) == 1, seconds=PATIENCE, what="the report on its own device")
            thief.vanish()
        neighbour.say(topic(other, "reports"), school.told("d", 1))
        wait_for(lambda: school.kept(other) == 1, seconds=PATIENCE, what="the neighbour's report")

        wait_for(lambda: len(neighbour.heard) > before, seconds=PATIENCE, what="the neighbour's ack")
        assert cuts == len(deeds)
        assert heard == []
        assert [where for where, _ in neighbour.heard[before:]] == [topic(other, "acks")]


def _is_cut(thief: Speaker, where: str, payload: bytes) -> bool:
    """RabbitMQ hangs up on who says what it may not."""
    thief.say(where, payload)
    return wait_for(lambda: thief.cuts > 0, seconds=PATIENCE, what=f"the end of who said {where}")
