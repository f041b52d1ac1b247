"""What is open and what was decided lately is counted in the store: a fleet with thousands of flags is one answer."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, update

from rollcall_collector.model.device import AskedFor, DeviceQuery
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.store.devices import list_devices
from rollcall_collector.store.judged.flag_overview import OpenGroup, decided_since, group_open
from rollcall_collector.store.judged.flags import decide, keep_findings, list_flags
from rollcall_collector.store.tables import devices
from tests.support.fleets.kept import keep_device

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
RULES = ("support_end", "unreliable", "missing")


def _flag(engine: Engine, name: str, finding: str, verdict: Verdict) -> int:
    with engine.begin() as connection:
        device = keep_device(connection, name, site="Oak", cart="B", asset_tag=f"T-{name}")
        found = Finding(finding=finding, verdict=verdict, sentence=f"About {name}.", evidence={})
        keep_findings(connection, device, [found], rules=RULES, now=NOW)
    return device


def _asked_for(connection: Connection, group: OpenGroup) -> list[str | None]:
    kind = AskedFor(verdict=group.verdict, finding=group.finding)
    return [
        device.serial_number for device in list_devices(connection, Scope.all(), DeviceQuery(asked_for=kind)).devices
    ]


def test_open_flags_are_counted_by_kind_and_the_oldest_named(engine: Engine) -> None:
    for number in range(7):
        _flag(engine, f"s{number}", "support_end", "refresh")
    _flag(engine, "bad", "unreliable", "replace")

    with engine.connect() as connection:
        groups = group_open(connection, Scope.all(), at_most=2)

    assert [(one.verdict, one.finding, one.count) for one in groups] == [
        ("replace", "unreliable", 1),
        ("refresh", "support_end", 7),
    ]
    assert [one.device_name for one in groups[1].first] == ["T-s0", "T-s1"]
    assert (groups[0].first[0].site, groups[0].first[0].cart, groups[0].first[0].sentence) == (
        "Oak",
        "B",
        "About bad.",
    )


def test_what_is_decided_or_belongs_to_a_retired_device_is_not_open(engine: Engine) -> None:
    first, second = _flag(engine, "a", "unreliable", "replace"), _flag(engine, "b", "unreliable", "replace")
    with engine.begin() as connection:
        (flag,) = list_flags(connection, Scope.all(), device=first)
        decide(connection, Scope.all(), flag.flag, "accept", author="kim", now=NOW)
        connection.execute(update(devices).where(devices.c.device == second).values(retired_on=20_000))

    with engine.connect() as connection:
        groups = group_open(connection, Scope.all())

    assert groups == ()


def test_the_newest_decision_stands_first_and_old_ones_are_left_out(engine: Engine) -> None:
    keys = [_flag(engine, name, "unreliable", "replace") for name in ("a", "b", "c")]
    with engine.begin() as connection:
        numbers = [list_flags(connection, Scope.all(), device=key)[0].flag for key in keys]
        for number, days in zip(numbers, (40, 3, 1), strict=True):
            decide(
                connection,
                Scope.all(),
                number,
                "dismiss",
                author="kim",
                reason="because",
                now=NOW - timedelta(days=days),
            )
        decide(connection, Scope.all(), numbers[1], "reopen", author="kim", now=NOW)

    with engine.connect() as connection:
        found = decided_since(connection, Scope.all(), NOW - timedelta(days=30))
        one = decided_since(connection, Scope.all(), NOW - timedelta(days=30), at_most=1)

    assert [(flag.device_name, flag.decisions[-1].action) for flag in found] == [
        ("T-b", "reopen"),
        ("T-c", "dismiss"),
    ]
    assert len(one) == 1


def test_a_device_is_one_thing_to_do_however_many_rules_name_it(engine: Engine) -> None:
    named = {"a": ("growing", "failing"), "b": ("growing",), "c": ("failing",)}
    with engine.begin() as connection:
        for name, findings in named.items():
            device = keep_device(connection, name)
            found = [Finding(finding=one, verdict="repair", sentence=f"{one}.", evidence={}) for one in findings]
            worse = Finding(finding="worse", verdict="replace", sentence="Worse.", evidence={})
            found += [worse] if name == "c" else []
            keep_findings(connection, device, found, rules=("growing", "failing", "worse"), now=NOW)

    with engine.connect() as connection:
        groups = group_open(connection, Scope.all())
        listed = {(one.verdict, one.finding): _asked_for(connection, one) for one in groups}

    assert {(one.verdict, one.finding): one.count for one in groups} == {
        ("replace", "worse"): 1,
        ("repair", "growing"): 2,
    }
    assert listed == {("replace", "worse"): ["C"], ("repair", "growing"): ["A", "B"]}


def test_what_was_opened_since_yesterday_is_new(engine: Engine) -> None:
    for name, hours in (("a", 30), ("b", 3)):
        with engine.begin() as connection:
            found = Finding(finding="missing", verdict="missing", sentence="Look.", evidence={})
            at = NOW - timedelta(hours=hours)
            keep_findings(connection, keep_device(connection, name), [found], rules=RULES, now=at)

    with engine.connect() as connection:
        (group,) = group_open(connection, Scope.all(), new_since=NOW - timedelta(days=1))

    assert (group.count, group.new) == (2, 1)


def test_devices_are_listed_by_the_state_of_their_flags(engine: Engine) -> None:
    accepted, _ = _flag(engine, "a", "unreliable", "replace"), _flag(engine, "b", "missing", "missing")
    with engine.begin() as connection:
        decide(
            connection,
            Scope.all(),
            list_flags(connection, Scope.all(), device=accepted)[0].flag,
            "accept",
            author="kim",
            reason="because",
            now=NOW,
        )

    with engine.connect() as connection:
        to_do = list_devices(connection, Scope.all(), DeviceQuery(flag_state="accepted"))
        unnamed = list_devices(connection, Scope.all(), DeviceQuery(not_named="missing"))

    assert [device.serial_number for device in to_do.devices] == ["A"]
    assert [device.serial_number for device in unnamed.devices] == ["A"]
