"""Grafana's boards are what their Python says, ask only for what there is, and show what was seeded."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboards.grafana.__main__ import FOLDER
from dashboards.grafana.board import Query, write_board
from dashboards.grafana.boards import BOARDS
from rollcall_collector.api.metrics import write_metrics
from rollcall_collector.carts.now import judge_carts
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.health import read_size
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.keeping.lines import MEASURED
from rollcall_collector.store.parts.runs import PartRun, note_part
from rollcall_collector.store.tables import carts, device_states, devices, publishers, refusals, sites
from tests.support.browsing import services_for
from tests.support.identities import new_store
from tests.support.listening import NOW, boot, device_id, enroll, enroll_bridge, failure, vitals
from tests.support.mirroring.mirrored import Mirrored
from tests.support.mirroring.victoria import Victoria, victoria

TAGS = {"device", "site", "kind", "model"}
OWN_LABELS = {"state", "reason", "name", "bridge", "source", "channel"}
NEVER = (
    "person",
    "pupil",
    "user",
    "user_name",
    "serial",
    "serial_number",
    "asset_tag",
    "address",
    "email",
    "hostname",
)
GIB = 10**9
ASKED_AT = NOW + timedelta(minutes=1)
FIRST, SECOND, THIRD, FOURTH = (device_id(n) for n in range(1, 5))
OAK, ELM = "Oak School", "Elm School"
Truth = dict[tuple[str, ...], float]
"""By the values of the labels of a series, in the order of the labels' names."""


def test_the_committed_boards_are_what_their_python_says() -> None:
    written = {path.stem: path.read_text() for path in FOLDER.glob("*.json")}

    assert written == {board.name: write_board(board) for board in BOARDS}


def _queries() -> Iterator[tuple[str, str, Query]]:
    for board in BOARDS:
        for panel in board.panels:
            for query in panel.queries:
                yield board.name, panel.title, query


def test_no_board_names_a_person_and_each_asks_only_by_what_the_mirror_is_tagged_with() -> None:
    text = "".join(write_board(board) for board in BOARDS).lower()
    labels = {
        label.strip()
        for _, _, query in _queries()
        for group in re.findall(
            r"(?:by|on|group_left) \(([^()]*)\)|\{\{(\w+)\}\}|(\w+)=~?\"", query.expr + query.legend
        )
        for label in ",".join(group).split(",")
        if label.strip()
    }

    assert [word for word in NEVER if re.search(rf"\b{word}\b", text)] == []
    assert labels - {"__name__"} <= TAGS | OWN_LABELS


def test_every_field_that_is_asked_for_is_in_the_mirror_or_among_the_collectors_own(seeded: "Seeded") -> None:
    mirrored = {f"{measurement}_{field}" for measurement, fields in MEASURED.items() for field in fields}
    own = set(re.findall(r"^# TYPE (rollcall_\w+)", seeded.metrics, flags=re.MULTILINE))

    asked = {
        name
        for _, _, query in _queries()
        for name in re.findall(r"\b(?:rollcall|inventory|boot|failure|vitals|cart|mirror)_\w+", query.expr)
    } - {"vitals_"}

    assert asked - mirrored - own == set()


class Seeded:
    """A small school whose every number is known, in a store and in VictoriaMetrics."""

    def __init__(self, server: Victoria, engine: Engine, metrics: str) -> None:
        self.server = server
        self.engine = engine
        self.metrics = metrics


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    folder = tmp_path_factory.mktemp("boards")
    engine = new_store(folder)
    with victoria(folder) as server:
        _enroll(engine)
        mirrored = Mirrored(engine, server.url)
        _tell(mirrored)
        mirrored.drain()
        mirrored.close()
        first = _metrics(engine, NOW, kept=0)
        second = _metrics(engine, ASKED_AT, kept=60)
        for at, text in ((NOW, first), (ASKED_AT, second)):
            server.take_metrics(text, at)
        server.flush()
        yield Seeded(server, engine, second)
    engine.dispose()


def _enroll(engine: Engine) -> None:
    enroll(engine, 4)
    enroll_bridge(engine, "b-ipads", "ipados")
    inventory = {"kind": "inventory", "platform": "linux", "sources": ["systemd"], "permissions_missing": ["smart"]}
    with engine.begin() as connection:
        connection.execute(sites.insert().values(site=2, name=ELM, zone="UTC"))
        connection.execute(carts.insert().values(cart=1, site=1, name="Cart A", slots=2))
        connection.execute(devices.update().values(model="Slowbook", storage_bytes=100 * GIB))
        connection.execute(devices.update().where(devices.c.device > 2).values(model="Fastbook"))
        connection.execute(devices.update().where(devices.c.device == 4).values(site=2))
        connection.execute(devices.update().where(devices.c.device < 3).values(cart=1, slot=devices.c.device))
        connection.execute(device_states.insert().values(device=3, inventory=json.dumps(inventory)))
        connection.execute(
            refusals.insert().values(received_us=1, publisher=FIRST, reason="clock_wrong", size=1, payload=b"")
        )
        heard_us = to_us(ASKED_AT - timedelta(minutes=5))
        connection.execute(publishers.update().where(publishers.c.name == "b-ipads").values(last_heard_us=heard_us))


def _tell(mirrored: Mirrored) -> None:
    earlier = NOW - timedelta(hours=1)
    full: dict[str, Any] = {"start_kind": "full"}
    phases = {"firmware_seconds": 5.0, "loader_seconds": 1.0, "kernel_seconds": 4.0, "userspace_seconds": 30.0}
    mirrored.tell(
        FIRST,
        boot(1, FIRST, at=earlier, to_login_seconds=60.0, **phases, **full),
        boot(2, FIRST, to_login_seconds=80.0, **full),
        failure(3, FIRST, count=3),
        failure(4, FIRST, channel="storage", code="media_errors"),
        vitals(5, FIRST, battery_full_wh=20.0, battery_design_wh=50.0, storage_free_bytes=5 * GIB),
    )
    mirrored.tell(
        SECOND,
        boot(1, SECOND, to_login_seconds=50.0, **full),
        vitals(2, SECOND, battery_full_wh=45.0, battery_design_wh=50.0, storage_free_bytes=50 * GIB),
    )
    mirrored.tell(
        THIRD,
        boot(1, THIRD, at=earlier, to_login_seconds=20.0, **full),
        boot(2, THIRD, start_kind="resume"),
    )
    mirrored.tell(
        FOURTH,
        boot(1, FOURTH, to_login_seconds=10.0, previous_stop="unclean", **full),
        failure(2, FOURTH, count=2),
        vitals(3, FOURTH, battery_full_wh=30.0, battery_design_wh=50.0, storage_free_bytes=50 * GIB),
    )


def _metrics(engine: Engine, at: datetime, *, kept: int) -> str:
    with engine.begin() as connection:
        for job, trouble in (("judging", ""), ("backup", "No space left on device")):
            ran = PartRun(part=f"job/{job}", began_at=NOW, noted_at=at, told={"seconds": 2.5}, trouble=trouble)
            note_part(connection, ran)
        told = {"kept": kept, "repeated": kept // 2, "refused": 0, "delayed": kept, "delay_seconds": 10.0 * kept}
        note_part(connection, PartRun(part="ingest/1/1", began_at=NOW, noted_at=at, told=told))
    return write_metrics(replace(services_for(engine), clock=lambda: at))


def _truth(engine: Engine) -> dict[tuple[str, str], list[Truth]]:
    with engine.connect() as connection:
        (cart,) = judge_carts(connection, Scope.all(), NOW)
        size = read_size(connection)
    states = [one.state for one in cart.slots]
    share = cart.ready / cart.members
    return {
        ("fleet", "Devices"): [{(): 4}],
        ("fleet", "Told of themselves in the last day"): [{(): 3}],
        ("fleet", "Devices by site"): [{(OAK,): 3, (ELM,): 1}],
        ("fleet", "Devices by model"): [{("Slowbook",): 2, ("Fastbook",): 2}],
        ("fleet", "What batteries still hold, by site"): [{(OAK,): 0.65, (ELM,): 0.6}],
        ("fleet", "Worn batteries, by site"): [{(OAK,): 1}],
        ("fleet", "Disks nearly full, by site"): [{(OAK,): 1}],
        ("starts", "Seconds to login by model"): [{("Slowbook",): 60, ("Fastbook",): 15}],
        ("starts", "The slowest devices"): [
            {(FIRST, OAK): 70, (SECOND, OAK): 50, (THIRD, OAK): 20, (FOURTH, ELM): 10}
        ],
        ("starts", "Where the time goes"): [{(): 5}, {(): 1}, {(): 4}, {(): 30}],
        ("starts", "Starts a day, by kind"): [{("full",): 5, ("resume",): 1}],
        ("starts", "Runs that ended uncleanly, by site"): [{(OAK,): 0, (ELM,): 1}],
        ("failures", "Failures a day, by channel"): [{("crash",): 5, ("storage",): 1}],
        ("failures", "What failed most"): [{("crash/service_failed",): 5, ("storage/media_errors",): 1}],
        ("failures", "Failures of a hundred devices, by model"): [{("Slowbook",): 200, ("Fastbook",): 100}],
        ("failures", "Devices with most failures"): [{(FIRST, OAK): 4, (FOURTH, ELM): 2}],
        ("carts", "Ready now, by cart"): [{("Cart A", OAK): cart.ready}],
        ("carts", "Share ready, by cart"): [{("Cart A", OAK): share}],
        ("carts", "Least ready in school hours, by cart"): [{("Cart A", OAK): share}],
        ("carts", "What keeps the others"): [
            {(): states.count("charging")},
            {(): states.count("low")},
            {(): states.count("missing")},
            {(): states.count("out_of_service")},
        ],
        ("collector", "Ready"): [{(): 1}],
        ("collector", "Reports a second"): [{(): 1}, {(): 0.5}, {(): 0}],
        ("collector", "Delay of a report"): [{(): 10}],
        ("collector", "Quarantine"): [{("clock_wrong",): 1}],
        ("collector", "Jobs: did the last run go well"): [{("judging",): 1, ("backup",): 0}],
        ("collector", "Jobs: seconds of the last run"): [{("judging",): 2.5, ("backup",): 2.5}],
        ("collector", "Mirror: age of the oldest fact that has not arrived"): [{(): 0}],
        ("collector", "Mirror: lines"): [{(): 0}, {(): 0}, {(): 0}],
        ("collector", "Publishers by state"): [{("never",): 5}],
        ("collector", "Bridges: silent for"): [{("b-ipads",): 300}],
        ("collector", "Sources that lack a permission"): [{("smart",): 1}],
        ("collector", "The store"): [{(): size}],
    }


@pytest.mark.victoriametrics
def test_every_query_shows_the_seeded_truth(seeded: Seeded) -> None:
    truth = _truth(seeded.engine)

    found: dict[tuple[str, str], list[Truth]] = {}
    for board, title, query in _queries():
        expr = query.expr.replace("$site", ".*").replace("$__range", "7d")
        series = seeded.server.ask(expr, ASKED_AT)
        told = {tuple(value for _, value in sorted(one["metric"].items())): float(one["value"][1]) for one in series}
        found.setdefault((board, title), []).append(told)

    assert found.keys() == truth.keys()
    assert {key: told for key, told in found.items() if not _is_near(told, truth[key])} == {}


def _is_near(found: list[Truth], truth: list[Truth]) -> bool:
    return len(found) == len(truth) and all(
        one.keys() == true.keys() and all(abs(one[key] - true[key]) < 1e-6 * max(1, abs(true[key])) for key in true)
        for one, true in zip(found, truth, strict=True)
    )


def test_the_provisioning_names_the_source_that_the_boards_ask() -> None:
    folder = Path(FOLDER).parent / "provisioning"

    source = (folder / "datasources/rollcall.yaml").read_text()

    assert {json.loads(path.read_text())["panels"][0]["datasource"]["uid"] for path in FOLDER.glob("*.json")} == {
        "rollcall"
    }
    assert "uid: rollcall\n" in source
    assert "type: prometheus\n" in source
