"""The simulator's own promises, against a real broker and collector: nothing told twice, nothing asked for twice."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain, takewhile
from pathlib import Path

import pytest
import sqlalchemy as sa

from rollcall_agent.simulator.district import Plan, make_district
from rollcall_agent.simulator.life.history import Life, Told
from rollcall_collector.identity.tokens import create_token
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.roster.importing import import_roster
from tests.support.faults.collectors import lent_collector
from tests.support.identities import new_store
from tests.support.require import require
from tests.support.wait import wait_for

pytestmark = pytest.mark.mosquitto
DEVICES = 40


def _evening() -> str:
    """A zone in which school is out now, so that two runs tell the same."""
    ahead = (21 - datetime.now(UTC).hour) % 24
    return f"Etc/GMT-{ahead}" if ahead <= 12 else f"Etc/GMT+{24 - ahead}"


def _simulate(folder: Path, zone: str, *more: str) -> list[str]:
    """The verb for one district of 150 days, which is told into this folder."""
    return [
        str(Path(sys.executable).with_name("rollcall-agent")),
        "simulate",
        *("--devices", str(DEVICES), "--schools", "2", "--carts", "3", "--days", "150", "--seed", "5"),
        *("--zone", zone, "--out", str(folder / "fleet"), *more),
    ]


@dataclass(kw_only=True)
class Bench:
    """A collector, a folder for the fleet, and the verb to run it."""

    folder: Path
    url: str
    engine: sa.Engine
    zone: str

    @property
    def out(self) -> Path:
        return self.folder / "fleet"

    def verb(self, *more: str) -> list[str]:
        return _simulate(self.folder, self.zone, *more)

    def speak(self, *more: str) -> list[str]:
        return self.verb("--url", self.url, "--token-file", str(self.folder / "tokens.json"), *more)

    def run(self, *more: str) -> str:
        done = subprocess.run(self.speak(*more), capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def count(self, query: str) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(sa.text(query)).scalar_one() or 0)

    @property
    def kept(self) -> int:
        return self.count(
            "SELECT sum(highest) FROM (SELECT max(upto) AS highest FROM watermarks GROUP BY publisher) AS each"
        )

    @property
    def expected(self) -> int:
        """What the devices must have told until now, from their plan alone."""
        read = json.loads((self.out / "plan.json").read_text())
        days = {name: date.fromisoformat(read[name]) for name in ("first", "last")}
        district, now = make_district(Plan(**(read | days))), datetime.now(UTC)
        lives = (Life(district, device) for device in district.devices)
        return sum(at < now for life in lives for at, _ in chain.from_iterable(_until(life, now)))

    @property
    def ipads(self) -> int:
        """Devices that have no agent: a bridge a site brings them in and speaks for them."""
        return self.count("SELECT count(*) FROM devices WHERE platform = 'ipados'")

    @property
    def told(self) -> int:
        """What the truth file says was told until the last school day."""
        return sum(one["reports"] for one in json.loads((self.out / "truth.json").read_text())["devices"])


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    require("mosquitto")
    engine = new_store(tmp_path)
    with lent_collector(tmp_path, str(engine.url), enrollments=5000) as told:
        found = Bench(folder=tmp_path, url=told["url"], engine=engine, zone=_evening())
        subprocess.run(found.verb("--papers-only"), check=True, timeout=60)
        _prepare(found)
        yield found
    engine.dispose()


def _until(life: Life, now: datetime) -> Iterator[list[Told]]:
    return takewhile(lambda told: told[0][0] < now, life.days())


def _prepare(bench: Bench) -> None:
    """As a school does: import the roster, make tokens for each site and for its MDM bridge."""
    report = import_roster(
        bench.engine, Scope.all(), (bench.out / "devices.csv").read_bytes(), new_site=NewSite(zone=bench.zone)
    )
    assert report.changes is not None
    assert report.changes.added == DEVICES
    assert (report.reading.problems, report.changes.remarks) == ((), ())
    sites = [one["name"] for one in json.loads((bench.out / "sites.json").read_text())["sites"]]
    now = datetime.now(UTC)
    tokens = {
        "devices": {name: create_token(bench.engine, Scope.all(), site=name, now=now, uses=DEVICES) for name in sites},
        "bridges": {
            name: create_token(bench.engine, Scope.all(), site=name, now=now, platform="ipados") for name in sites
        },
    }
    (bench.folder / "tokens.json").write_text(json.dumps(tokens))


def test_a_school_year_is_kept_ipads_speak_through_a_bridge_and_a_second_run_tells_nothing_again(bench: Bench) -> None:
    bench.run()

    kept, told, ipads = bench.kept, bench.told, bench.ipads
    publishers = bench.count("SELECT count(*) FROM publishers")
    enrolled = (bench.out / "identities.jsonl").read_text()
    speaking = "SELECT count(DISTINCT watermarks.publisher) FROM watermarks JOIN publishers USING (publisher)"
    heard = "SELECT count(DISTINCT device) FROM device_days JOIN devices USING (device) WHERE platform = 'ipados'"
    again = bench.run()

    assert kept == told > DEVICES * 20
    assert bench.kept == kept
    assert bench.count("SELECT sum(reports) FROM device_days") == kept
    assert bench.count("SELECT count(*) FROM refusals") == 0
    assert bench.count("SELECT count(*) FROM publishers") == publishers == DEVICES - ipads + 2
    assert bench.count("SELECT count(*) FROM devices") == DEVICES
    assert (bench.out / "identities.jsonl").read_text() == enrolled
    assert f"{kept:,} reports acknowledged" in again
    assert bench.count(f"{speaking} WHERE platform = 'ipados'") == 2
    assert bench.count(speaking) == DEVICES - ipads + 2
    assert bench.count(heard) == ipads > 5
    assert bench.count("SELECT count(*) FROM boots JOIN devices USING (device) WHERE platform = 'ipados'") == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_a_run_broken_off_goes_on_where_it_stopped(bench: Bench, how: signal.Signals) -> None:
    with (bench.folder / "first.log").open("w") as log, subprocess.Popen(bench.speak(), stderr=log) as first:
        wait_for(lambda: bench.kept, seconds=60, what="the first report")
        first.send_signal(how)
        status = first.wait(30)
    stopped_at = bench.kept

    bench.run()

    assert status == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert 0 < stopped_at <= bench.told
    assert bench.kept == bench.told == bench.count("SELECT sum(reports) FROM device_days")
    assert bench.count("SELECT count(*) FROM publishers") == DEVICES - bench.ipads + 2


@pytest.mark.parametrize("speed", ["1", "200000"])
def test_live_goes_on_from_the_history_until_it_is_stopped(bench: Bench, speed: str) -> None:
    """At a speed the history ends a week ago, and that week is then played: here in three seconds."""
    asked = bench.speak("--live", "--speed", speed)
    with (bench.folder / "live.log").open("w") as log, subprocess.Popen(asked, stderr=log) as running:
        try:
            wait_for(
                lambda: "now live" in (bench.folder / "live.log").read_text(),
                seconds=90,
                what="the end of the history",
            )
            wait_for(lambda: bench.kept >= bench.expected, seconds=60, what="the present")
            connected = bench.count("SELECT count(*) FROM publishers WHERE state = 'ready'")
            running.send_signal(signal.SIGINT)
            status = running.wait(30)
        finally:
            running.kill()

    assert status == 130
    assert connected == bench.count("SELECT count(DISTINCT publisher) FROM watermarks")
    assert bench.kept == bench.expected == bench.told


def test_another_district_does_not_take_over_a_folder(tmp_path: Path) -> None:
    subprocess.run(_simulate(tmp_path, "UTC", "--papers-only"), check=True, timeout=60)

    other = _simulate(tmp_path, "UTC", "--papers-only", "--spread", "gamma")
    done = subprocess.run(other, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert "holds another district (its spread differ)" in done.stderr


def test_a_wrong_token_is_said_in_the_collectors_own_words(bench: Bench) -> None:
    wrong = bench.folder / "wrong"
    wrong.write_text("not-a-token-at-all")

    asked = bench.verb("--url", bench.url, "--token-file", str(wrong))
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert "rollcall enroll-token create" in done.stderr
