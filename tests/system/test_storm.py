"""A thousand devices come back from a month away in the same minute; today's reports do not wait for them."""

import hashlib
import json
import selectors
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import quantiles

import pytest
import sqlalchemy as sa

from rollcall_agent.courier import Broker, Courier, Credentials
from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.application import apply
from rollcall_agent.outbox import Outbox
from rollcall_agent.simulator.district import make_district
from rollcall_agent.simulator.identities import Identities
from rollcall_agent.simulator.life.history import Life
from rollcall_agent.simulator.reading import inventory
from rollcall_collector.identity.tokens import create_token
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import open_database
from rollcall_wire import Boot, Failure, Vitals
from tests.support.faults.children import Child, child
from tests.support.faults.collectors import lent_collector
from tests.support.fleets.storming_fleet import UNTIL, storm_plan
from tests.support.require import require

DEVICES = 1_000
LIVE = 30
LIVE_EVERY_SECONDS = 0.25
DELAY_MAX_SECONDS = 5.0
PATIENCE_SECONDS = 120.0


@dataclass(kw_only=True)
class LiveDevice:
    """A device in a lesson: it reports four times a second, and notes how long each report took to be acknowledged."""

    device_id: str
    outbox: Outbox
    courier: Courier
    next_report: float
    due: float = 0.0
    sent: dict[int, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)

    def turn(self, now: float, *, is_quiet: bool) -> None:
        utc_now = datetime.now(UTC)
        if now >= self.next_report and not is_quiet:
            self.next_report = now + LIVE_EVERY_SECONDS
            (seq,) = self.outbox.add(
                [Vitals(battery_level_percent=50)], device_id=self.device_id, now=utc_now, hours=None
            )
            self.sent[seq] = now
        self.due = self.courier.step(time.monotonic(), utc_now)
        if len(self.sent) > self.outbox.waiting():
            waiting = {seq for seq, _ in self.outbox.after(0, bytes_max=1 << 20, count_max=10_000)}
            for seq in [seq for seq in self.sent if seq not in waiting]:
                self.delays.append(time.monotonic() - self.sent.pop(seq))


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[tuple[dict[str, str], sa.Engine]]:
    require("mosquitto")
    database = f"sqlite:///{tmp_path / 'rollcall.sqlite3'}"
    with lent_collector(tmp_path, database, enrollments=5000) as told:
        engine = open_database(database)
        yield told, engine
        engine.dispose()


@pytest.fixture
def live(tmp_path: Path, collector: tuple[dict[str, str], sa.Engine]) -> Iterator[list[LiveDevice]]:
    told, engine = collector
    token = create_token(engine, Scope.all(), site="Parkway School", zone="UTC", now=datetime.now(UTC), uses=LIVE)
    identities, door = Identities(tmp_path, url=told["url"]), Door(told["url"])
    identities.start()
    door.start()
    named = make_district(storm_plan(LIVE)).devices
    found = []
    for number in range(LIVE):
        name = f"LIVE{number:04d}"
        shown = inventory(named[number])
        answer = apply(
            door,
            token=token,
            hardware_id=hashlib.sha256(name.encode()).hexdigest(),
            inventory=type(shown)(platform=shown.platform, serial_number=name),
        )
        identity = identities.keep(name, answer)
        outbox = Outbox(tmp_path / f"{name}.sqlite3")
        outbox.start()
        courier = Courier(
            outbox=outbox,
            broker=Broker(host=identity.broker_host, port=identity.broker_port),
            credentials=Credentials(publisher=identity.publisher, password=identity.password),
            random=Random(number),
            on_settings=lambda _settings: None,
        )
        courier.start(time.monotonic())
        assert identity.device_id is not None
        found.append(
            LiveDevice(
                device_id=identity.device_id,
                outbox=outbox,
                courier=courier,
                next_report=time.monotonic() + number * LIVE_EVERY_SECONDS / LIVE,
            )
        )
    door.stop()
    yield found
    for one in found:
        one.courier.stop()
        one.outbox.stop()


@pytest.mark.mosquitto
@pytest.mark.slow
@pytest.mark.alone
def test_a_thousand_backlogs_at_once_are_all_kept_and_delay_todays_reports_little(
    tmp_path: Path,
    collector: tuple[dict[str, str], sa.Engine],
    live: list[LiveDevice],
    capsys: pytest.CaptureFixture[str],
) -> None:
    told, engine = collector
    tokens = tmp_path / "token"
    tokens.write_text(
        create_token(engine, Scope.all(), site="Harbour School", zone="UTC", now=datetime.now(UTC), uses=DEVICES)
    )
    folder = tmp_path / "fleet"
    folder.mkdir()
    arguments = (str(folder), told["url"], str(tokens), str(DEVICES))

    with child("tests.support.fleets.storming_fleet", *arguments, log=tmp_path / "fleet.log") as fleet:
        ready = fleet.hear()
        _live_until(live, lambda: all(one.courier.is_connected and len(one.delays) > 2 for one in live))
        before = [delay for one in live for delay in one.delays]
        for one in live:
            one.delays.clear()
        fleet.tell("go")
        result = _live_through(live, fleet)
    during = [delay for one in live for delay in one.delays]

    kept, expected = _kept(engine), _expected()
    sent_live = sum(one.outbox.newest for one in live)
    with capsys.disabled():
        print("\n" + json.dumps({"kept": kept, "expected": expected, "live": sent_live, **ready, **result}))
        print(f"live delay, seconds, p50 p99 max: {_summary(before)} before, {_summary(during)} during the storm")
    assert ready["publishers"] == DEVICES
    assert result["waiting"] == 0
    assert kept == expected | {name: expected[name] + sent_live for name in ("reports", "days")}
    assert len(during) >= LIVE * 2
    assert quantiles(during, n=100)[98] <= DELAY_MAX_SECONDS


def _live_until(live: list[LiveDevice], condition: Callable[[], bool], *, is_quiet: bool = False) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the live devices were not served in time"
        now = time.monotonic()
        for one in live:
            one.turn(now, is_quiet=is_quiet)
        _wait(live)


def _live_through(live: list[LiveDevice], fleet: Child) -> dict[str, float]:
    """Report until the storm is over and every live report is acknowledged."""
    heard: list[dict[str, float]] = []
    with selectors.DefaultSelector() as watch:
        watch.register(fleet.output, selectors.EVENT_READ)

        def is_over() -> bool:
            if not heard and watch.select(0):
                heard.append(fleet.hear())
            return bool(heard)

        _live_until(live, is_over)
    _live_until(live, lambda: all(not one.sent for one in live), is_quiet=True)
    return heard[0]


def _wait(live: list[LiveDevice]) -> None:
    with selectors.DefaultSelector() as watch:
        for one in live:
            if (found := one.courier.socket()) is not None:
                writes = selectors.EVENT_WRITE if one.courier.wants_write() else 0
                watch.register(found, selectors.EVENT_READ | writes)
        watch.select(max(0.0, min(0.02, min(one.due for one in live) - time.monotonic())))


def _kept(engine: sa.Engine) -> dict[str, int]:
    asked = {
        "reports": "SELECT sum(highest) FROM (SELECT max(upto) AS highest FROM watermarks GROUP BY publisher) AS each",
        "boots": "SELECT count(*) FROM boots",
        "failures": "SELECT sum(count) FROM failures",
        "refusals": "SELECT count(*) FROM refusals",
        "gaps": "SELECT count(*) FROM gaps",
        "open_ranges": "SELECT count(*) FROM watermarks WHERE ranges != '[]'",
        "days": "SELECT sum(reports) FROM device_days",
    }
    with engine.connect() as connection:
        return {name: int(connection.execute(sa.text(query)).scalar_one() or 0) for name, query in asked.items()}


def _expected() -> dict[str, int]:
    """What the devices must have told, from their seed alone."""
    district = make_district(storm_plan(DEVICES))
    counts: Counter[str] = Counter()
    for device in district.devices:
        for told in Life(district, device).days():
            if told[0][0] >= UNTIL:
                break
            counts["reports"] += len(told)
            for _, body in told:
                counts["boots"] += isinstance(body, Boot)
                counts["failures"] += isinstance(body, Failure)
    return {**counts, "refusals": 0, "gaps": 0, "open_ranges": 0, "days": counts["reports"]}


def _summary(delays: list[float]) -> str:
    cuts = quantiles(delays, n=100)
    return f"{cuts[49]:.3f} {cuts[98]:.3f} {max(delays):.3f} (n {len(delays)})"
