"""What is open and what was decided lately is counted in the store: a fleet with thousands of flags is one answer."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert, update

from rollcall_collector.model.flag import Finding
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.store.flag_overview import count_flagged, decided_since, group_open
from rollcall_collector.store.flags import decide, keep_findings, list_flags
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.tables import device_states, devices
from tests.support.kept import keep_device

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
RULES = ("support_end", "unreliable", "missing")


def _flag(engine: Engine, name: str, finding: str, verdict: Verdict) -> int:
    with engine.begin() as connection:
        device = keep_device(connection, name, site="Oak", cart="B", asset_tag=f"T-{name}")
        found = Finding(finding=finding, verdict=verdict, sentence=f"About {name}.", evidence={})
        keep_findings(connection, device, [found], rules=RULES, now=NOW)
    return device


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
            decide(connection, Scope.all(), number, "dismiss", author="kim", now=NOW - timedelta(days=days))
        decide(connection, Scope.all(), numbers[1], "reopen", author="kim", now=NOW)

    with engine.connect() as connection:
        found = decided_since(connection, Scope.all(), NOW - timedelta(days=30))
        one = decided_since(connection, Scope.all(), NOW - timedelta(days=30), at_most=1)

    assert [(flag.device_name, flag.decisions[-1].action) for flag in found] == [
        ("T-b", "reopen"),
        ("T-c", "dismiss"),
    ]
    assert len(one) == 1


def test_missing_devices_are_counted_by_when_they_were_last_heard(engine: Engine) -> None:
    keys = [_flag(engine, name, "missing", "missing") for name in ("a", "b", "c")]
    with engine.begin() as connection:
        for key, days in zip(keys, (10, 30, 90), strict=True):
            connection.execute(
                insert(device_states).values(device=key, last_heard_us=to_us(NOW - timedelta(days=days)))
            )
        span = {"heard_since": NOW - timedelta(days=84), "heard_until": NOW - timedelta(days=14)}

        before = count_flagged(connection, Scope.all(), "missing", **span)
        decide(
            connection,
            Scope.all(),
            list_flags(connection, Scope.all(), device=keys[1])[0].flag,
            "dismiss",
            author="kim",
            now=NOW,
        )
        after = count_flagged(connection, Scope.all(), "missing", **span)

    assert (before, after) == (1, 0)
