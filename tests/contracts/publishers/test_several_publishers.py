"""What two publishers tell of one device counts once, on either database, whoever speaks first and however often."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any
from zlib import crc32

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from rollcall_collector.identity.bridges import Bridge, Brought, bring, check_bridge
from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.jobs.retention import forget_old_readings
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.publishers.tellers import list_tellers
from rollcall_collector.store.retention import WORDS_DAYS
from rollcall_collector.store.tables import (
    boots,
    device_days,
    device_publisher_days,
    device_publishers,
    device_states,
    devices,
    failures,
    metadata,
    publishers,
    tellings,
)
from rollcall_wire.topics import topic
from tests.support.identities import enroll_one, new_token
from tests.support.listening import NOW, boot, device_id, enroll, enroll_bridge, failure, message, report, vitals
from tests.support.mirroring.mirrored import outbox_lines

ME, BRIDGE = device_id(1), "b-linux-intune"
Fact = tuple[str, datetime]
"""A fact's kind and when it was."""
_opened: list[Intake] = []


@pytest.fixture(autouse=True)
def fleet(engine: Engine) -> Iterator[None]:
    _populate(engine)
    yield
    _close()


def _close() -> None:
    while _opened:
        _opened.pop().forget()


def _empty(engine: Engine) -> None:
    _close()
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


def _populate(engine: Engine) -> None:
    _empty(engine)
    enroll(engine, 2)
    enroll_bridge(engine, BRIDGE, "linux")


def _intake(engine: Engine, **more: Any) -> Intake:
    registry = Registry(engine)
    registry.refresh()
    _opened.append(Intake(engine=engine, registry=registry, clock=lambda: NOW + timedelta(days=1), **more))
    return _opened[-1]


def _receive(intake: Intake, name: str, *reports: Any) -> None:
    payload = message(name, reports, epoch=f"{crc32(name.encode()):016x}")
    intake.receive([Arrived(topic(name, "reports").encode(), payload, 1)])


def _rows(engine: Engine, query: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def _counts(engine: Engine) -> dict[str, Any]:
    """All that may be counted: rows of facts, and the sums of the days."""
    sums = ("boots", "unclean_stops", "failures", "reports", "awake_seconds")
    (days,) = _rows(engine, sa.select(*(sa.func.sum(device_days.c[one]) for one in sums)))
    return {
        "boot rows": _rows(engine, sa.select(sa.func.count()).select_from(boots))[0][0],
        "failure rows": _rows(engine, sa.select(sa.func.count()).select_from(failures))[0][0],
        **dict(zip(sums, days, strict=True)),
    }


def _told(fact: Fact, seq: int, publisher: str, jitter: timedelta) -> dict[str, Any]:
    kind, at = fact[0], fact[1] + jitter
    match kind:
        case "boot":
            stop = "unclean" if fact[1].minute % 2 else "clean"
            return boot(seq, ME, at=at, boot_id=f"{publisher}-{seq}", previous_stop=stop)
        case "crash":
            return failure(seq, ME, at=at, channel="crash", code="kernel_panic")
        case "battery":
            return failure(seq, ME, at=at, channel="battery", code="replace_soon", count=2)
        case _:
            return vitals(seq, ME, at=at, awake_seconds=60.0)


def _stream(facts: Sequence[Fact], publisher: str, random: Random, *, jitter: float = 0) -> list[dict[str, Any]]:
    return [
        _told(fact, seq, publisher, timedelta(seconds=random.uniform(-jitter, jitter)))
        for seq, fact in enumerate(facts, 1)
    ]


def _of_the_day(told: dict[str, Any]) -> dict[str, Any]:
    """The same as a device tells it outside school hours: every instant is only a day."""
    day = NOW.replace(hour=0).isoformat()
    body = {name: day if name.endswith("_at") else value for name, value in told["body"].items()}
    return told | {"recorded_at": day, "precision": "day", "body": body}


def _tell(engine: Engine, streams: dict[str, list[dict[str, Any]]], random: Random) -> None:
    """All streams in any interleaving, in messages of any size, with replays and with collectors that die."""
    pieces = [(name, one) for name, stream in streams.items() for one in stream]
    pieces += random.choices(pieces, k=len(pieces) // 3)
    random.shuffle(pieces)
    intake = _intake(engine)
    for name, found in groupby(pieces, key=lambda one: one[0]):
        _receive(intake, name, *(one for _, one in found))
        if random.random() < 0.2:
            intake.forget()
            intake = _intake(engine)


def _alone(engine: Engine, facts: Sequence[Fact]) -> dict[str, Any]:
    _populate(engine)
    _receive(_intake(engine), ME, *_stream(facts, ME, Random(0)))
    found = _counts(engine)
    _populate(engine)
    return found


_moments = st.lists(
    st.tuples(st.sampled_from(["boot", "crash", "battery", "vitals"]), st.integers(0, 3_000)), min_size=1, max_size=9
)
_slots = st.dictionaries(
    st.integers(0, 40),
    st.tuples(st.sampled_from(["boot", "crash", "battery"]), st.sampled_from(["both", "agent", "bridge"])),
    min_size=1,
    max_size=10,
)
_often = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_often
@given(moments=_moments, seed=st.integers(0, 2**32), is_brought=st.booleans(), is_coarse=st.booleans())
def test_what_two_publishers_tell_alike_counts_as_if_one_had_told_it(
    engine: Engine, moments: list[tuple[str, int]], seed: int, is_brought: bool, is_coarse: bool
) -> None:
    facts = [(kind, NOW + timedelta(seconds=second)) for kind, second in moments]  # also some within two minutes
    alone = _alone(engine, facts)
    random = Random(seed)
    if is_brought:
        _bring(engine)

    mine = _stream(facts, ME, random)
    if is_coarse:
        mine = [_of_the_day(one) for one in mine]
    _tell(engine, {ME: mine, BRIDGE: _stream(facts, BRIDGE, random, jitter=119)}, random)

    assert _counts(engine) == alone


@_often
@given(slots=_slots, seed=st.integers(0, 2**32), is_brought=st.booleans())
def test_what_only_one_of_two_tells_counts_too(
    engine: Engine, slots: dict[int, tuple[str, str]], seed: int, is_brought: bool
) -> None:
    random = Random(seed)
    facts = [(kind, NOW + timedelta(minutes=10 * slot), whose) for slot, (kind, whose) in slots.items()]
    alone = _alone(engine, [(kind, at) for kind, at, _ in facts])
    mine = [(kind, at) for kind, at, whose in facts if whose != "bridge"]
    its = [(kind, at) for kind, at, whose in facts if whose != "agent"]
    if is_brought:
        _bring(engine)

    _tell(engine, {ME: _stream(mine, ME, random), BRIDGE: _stream(its, BRIDGE, random, jitter=119)}, random)

    counted = ("boot rows", "failure rows", "boots", "unclean_stops", "failures")
    found = _counts(engine)
    assert {one: found[one] for one in counted} == {one: alone[one] for one in counted}


def _bring(engine: Engine) -> None:
    """The bridge brings the device through its door, before either says a word of it."""
    with engine.begin() as connection:
        connection.execute(devices.update().where(devices.c.device == 1).values(serial_number="5CD1234ABC"))
        key = connection.execute(sa.select(publishers.c.publisher).where(publishers.c.name == BRIDGE)).scalar_one()
    bridge = Bridge(publisher=key, name=BRIDGE, platform="linux", site=1)
    assert bring(engine, bridge, [Brought(serial_number="5CD1234ABC")], NOW) == [ME]


def test_two_crashes_of_one_publisher_within_two_minutes_are_two(engine: Engine) -> None:
    crashes = [failure(seq, ME, at=NOW + timedelta(seconds=40 * seq)) for seq in (1, 2)]
    intake = _intake(engine)

    _receive(intake, ME, *crashes)
    _receive(intake, BRIDGE, *crashes)
    _receive(intake, BRIDGE, failure(3, ME, at=NOW + timedelta(seconds=150)))

    assert _counts(engine)["failures"] == 3


def test_a_start_of_the_same_name_is_one_however_far_the_clocks_are_apart(engine: Engine) -> None:
    intake = _intake(engine)

    _receive(intake, ME, boot(1, ME, boot_id="b-1"), boot(2, ME, boot_id="b-2", at=NOW + timedelta(hours=5)))
    _receive(intake, BRIDGE, boot(1, ME, boot_id="b-1", at=NOW - timedelta(days=2)))

    assert _counts(engine)["boots"] == 2


def test_the_first_word_stands_and_the_other_fills_what_it_lacks(engine: Engine) -> None:
    intake = _intake(engine)
    at = NOW + timedelta(seconds=70)

    _receive(intake, ME, boot(1, ME, boot_id="b-mine", kernel_seconds=4.5, to_login_seconds=20.0))
    _receive(
        intake,
        BRIDGE,
        boot(
            1, ME, boot_id="b-its", at=at, source="google_telemetry", to_login_seconds=22.0, firmware_seconds=9.0,
            previous_stop="unclean", stop_cause="crash",
        ),
    )  # fmt: skip

    c = boots.c
    found = _rows(
        engine,
        sa.select(
            c.boot_id, c.booted_us, c.source, c.kernel_seconds, c.to_login_seconds, c.firmware_seconds, c.stop_cause
        ),
    )
    assert found == [("b-mine", to_us(NOW), "systemd", 4.5, 20.0, 9.0, "crash")]
    assert _counts(engine)["unclean_stops"] == 1


def test_a_failure_of_a_day_is_the_one_whose_minute_another_knows(engine: Engine) -> None:
    intake = _intake(engine)
    midnight = NOW.replace(hour=0)
    told = failure(1, ME, at=midnight, count=1, evidence={"value": 3.0}) | {"precision": "day"}

    _receive(intake, ME, told)
    _receive(intake, BRIDGE, failure(1, ME, count=2, evidence={"delta": 1.0}))

    c = failures.c
    found = _rows(engine, sa.select(c.occurred_us, c.is_day_only, c.count, c.evidence))
    assert [(us, bool(is_day_only), count) for us, is_day_only, count, _ in found] == [(to_us(NOW), False, 2)]
    assert found[0][3] == '{"delta": 1.0, "value": 3.0}'
    assert _counts(engine)["failures"] == 2


def test_the_same_codes_of_other_channels_are_failures_of_their_own(engine: Engine) -> None:
    intake = _intake(engine)

    _receive(intake, ME, failure(1, ME, channel="crash", code="kernel_panic"))
    _receive(intake, BRIDGE, failure(1, ME, channel="crash", code="os_crash"))

    assert _counts(engine)["failures"] == 2


def test_a_start_about_midnight_is_one(engine: Engine) -> None:
    intake = _intake(engine)
    midnight = NOW.replace(hour=0)

    _receive(intake, ME, boot(1, ME, boot_id="b-mine", at=midnight - timedelta(seconds=50)))
    _receive(intake, BRIDGE, boot(1, ME, boot_id="b-its", at=midnight + timedelta(seconds=50)))

    assert _counts(engine)["boots"] == 1


def test_a_day_has_the_sums_of_who_told_most(engine: Engine) -> None:
    intake = _intake(engine)
    hours = [NOW + timedelta(hours=hour) for hour in range(3)]

    _receive(intake, ME, *(vitals(seq, ME, at=at, awake_seconds=3600.0) for seq, at in enumerate(hours, 1)))
    _receive(intake, BRIDGE, vitals(1, ME, at=hours[2], awake_seconds=10_000.0, battery_level_percent=5.0))

    found = _rows(
        engine,
        sa.select(device_days.c.reports, device_days.c.awake_seconds, device_days.c.battery_level_percent_min),
    )
    assert found == [(3, 10_800.0, 5.0)]


def test_three_publishers_of_one_start_are_one_start(engine: Engine) -> None:
    enroll_bridge(engine, "b-linux-other", "linux")
    intake = _intake(engine)

    for number, name in enumerate((BRIDGE, ME, "b-linux-other")):
        _receive(intake, name, boot(1, ME, boot_id=f"b-{name}", at=NOW + timedelta(seconds=50 * number)))

    assert _counts(engine)["boots"] == 1


def test_what_each_said_last_stays_apart_and_the_newest_reading_stands(engine: Engine) -> None:
    intake = _intake(engine)
    later = NOW + timedelta(hours=1)

    _receive(intake, ME, vitals(1, ME, battery_level_percent=50.0))
    _receive(intake, BRIDGE, vitals(1, ME, at=later, battery_level_percent=70.0))
    _receive(intake, ME, vitals(2, ME, at=NOW + timedelta(minutes=5), battery_level_percent=45.0))

    said = dict(
        _rows(
            engine,
            sa.select(publishers.c.name, device_publishers.c.vitals).join(
                publishers, publishers.c.publisher == device_publishers.c.publisher
            ),
        )
    )
    (standing,) = _rows(engine, sa.select(device_states.c.vitals, device_states.c.vitals_us))
    assert '"battery_level_percent":45.0' in said[ME]
    assert '"battery_level_percent":70.0' in said[BRIDGE]
    assert '"battery_level_percent":70.0' in standing[0]
    assert standing[1] == to_us(later)


def test_what_the_device_says_of_itself_stands_before_a_bridges_word(engine: Engine) -> None:
    intake = _intake(engine)
    mine = {"kind": "inventory", "platform": "linux", "model": "EliteBook 640", "agent_version": "1"}
    its = {"kind": "inventory", "platform": "linux", "model": "HP EliteBook", "memory_bytes": 2**33}

    _receive(intake, BRIDGE, report(1, ME, its))
    _receive(intake, ME, report(1, ME, mine))
    _receive(intake, BRIDGE, report(2, ME, its))

    found = _rows(engine, sa.select(devices.c.model, devices.c.memory_bytes).where(devices.c.device == 1))
    (standing,) = _rows(engine, sa.select(device_states.c.inventory))
    assert found == [("EliteBook 640", 2**33)]
    assert '"agent_version":"1"' in standing[0]


def test_a_start_told_twice_is_drawn_once(engine: Engine) -> None:
    intake = _intake(engine, has_mirror=True)

    _receive(intake, ME, boot(1, ME, boot_id="b-mine"), failure(2, ME), vitals(3, ME))
    _receive(intake, BRIDGE, boot(1, ME, boot_id="b-its"), failure(2, ME), vitals(3, ME))

    lines = [line.split(",")[0] for line in outbox_lines(engine)]
    assert sorted(lines) == ["boot", "failure", "vitals", "vitals"]


def test_an_agent_that_enrolls_on_a_bridges_device_is_one_of_two_that_tell_of_it(engine: Engine) -> None:
    _empty(engine)
    enrolled = enroll_one(engine, hardware="b", serial=None, token=new_token(engine, platform="linux"))
    bridge = check_bridge(engine, enrolled.publisher, enrolled.password)
    (brought,) = bring(engine, bridge, [Brought(serial_number="5CD1234ABC")], NOW)
    _receive(_intake(engine), bridge.name, boot(1, str(brought), boot_id="b-its"))

    agent = enroll_one(engine, hardware="c", serial="5CD1234ABC").publisher
    _receive(_intake(engine), agent, boot(1, agent, boot_id="b-mine", at=NOW + timedelta(seconds=9)))

    assert agent == brought
    assert _counts(engine)["boots"] == 1
    assert bring(engine, bridge, [Brought(serial_number="5CD1234ABC")], NOW) == [brought]


def test_a_device_that_one_publisher_tells_of_leaves_no_words_apart(engine: Engine) -> None:
    intake = _intake(engine)
    other = device_id(2)
    told = message(other, [boot(1, other), failure(2, other), vitals(3, other)])

    intake.receive([Arrived(topic(other, "reports").encode(), told, 1)])

    for table in (tellings, device_publishers):
        assert _rows(engine, sa.select(table.c.device)) == []


def test_words_that_nobody_can_repeat_are_forgotten_and_their_facts_stay(engine: Engine) -> None:
    intake = _intake(engine)
    _receive(intake, ME, boot(1, ME, boot_id="b-mine"), vitals(2, ME))
    _receive(intake, BRIDGE, boot(1, ME, boot_id="b-its"), vitals(2, ME))
    before = _counts(engine)

    forget_old_readings(engine, NOW + timedelta(days=WORDS_DAYS + 1), readings_days=10_000)

    assert _rows(engine, sa.select(tellings)) == _rows(engine, sa.select(device_publisher_days)) == []
    assert _counts(engine) == before


def test_the_page_can_say_whose_word_stands(engine: Engine) -> None:
    intake = _intake(engine)
    other = device_id(2)
    read_at = NOW + timedelta(hours=2)

    _receive(intake, ME, vitals(1, ME, at=read_at))
    alone = _told_by(engine, 1)
    _receive(intake, BRIDGE, vitals(1, ME), vitals(2, other))
    several = _told_by(engine, 1)

    assert alone == [(ME, True, True)]
    assert several == [(ME, True, True), (BRIDGE, False, False)]
    assert _told_by(engine, 2) == [(BRIDGE, False, True)]
    assert _told_by(engine, 3) == []


def _told_by(engine: Engine, device: int) -> list[tuple[str, bool, bool]]:
    with engine.connect() as connection:
        found = list_tellers(connection, Scope.all(), device)
    return [(one.name, one.is_agent, one.is_standing) for one in found]
