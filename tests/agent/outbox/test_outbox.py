"""The outbox: what is added stays until it is acknowledged, and what had to go is said."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.errors import OutboxError
from rollcall_agent.outbox import Fact, Outbox
from rollcall_wire import Failure, Gap, Inventory, SchoolHours, Vitals

NOW = datetime(2026, 3, 4, 10, 0, 5, tzinfo=UTC)  # a Wednesday
HOURS = SchoolHours(zone="UTC")
DEVICE = "d-0123456789ab"
EVERYTHING = 1 << 40


def vitals(level: float = 50.0) -> Vitals:
    return Vitals(battery_level_percent=level)


def failure(at: datetime = NOW) -> Failure:
    return Failure(channel="crash", code="app_crash", occurred_at=at)


def stored(outbox: Outbox) -> dict[int, dict[str, Any]]:
    return {seq: json.loads(body) for seq, body in outbox.after(0, bytes_max=EVERYTHING, count_max=EVERYTHING)}


def gaps(outbox: Outbox) -> list[dict[str, Any]]:
    return [one["body"] for one in stored(outbox).values() if one["body"]["kind"] == "gap"]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.db")
    made.start()
    yield made
    made.stop()


def reopened(outbox: Outbox) -> Outbox:
    outbox.stop()
    outbox.start()
    return outbox


def add(outbox: Outbox, *bodies: Vitals | Failure | Inventory | Gap, now: datetime = NOW) -> range:
    return outbox.add(bodies, device_id=DEVICE, now=now, hours=HOURS)


def test_reports_are_numbered_from_one_and_wait(outbox: Outbox) -> None:
    numbers = add(outbox, vitals(1), vitals(2)), add(outbox, failure())

    assert numbers == (range(1, 3), range(3, 4))
    assert outbox.waiting() == 3
    assert outbox.newest == 3
    assert [one["seq"] for one in stored(outbox).values()] == [1, 2, 3]
    assert stored(outbox)[2]["body"] == {"kind": "vitals", "battery_level_percent": 2}


def test_a_number_is_never_given_twice_even_after_everything_is_gone(outbox: Outbox) -> None:
    add(outbox, vitals(), vitals())
    outbox.acknowledge(outbox.epoch, [(1, 2)], [])

    reopened(outbox)

    assert outbox.waiting() == 0
    assert add(outbox, vitals()) == range(3, 4)


def test_the_marks_stay_with_the_file(outbox: Outbox) -> None:
    outbox.add([vitals()], device_id=DEVICE, now=NOW, hours=HOURS, remember={"journal": "s=1", "boot": "b-1"})
    outbox.remember("boot", "b-2")

    reopened(outbox)

    assert (outbox.recall("journal"), outbox.recall("boot"), outbox.recall("none")) == ("s=1", "b-2", None)


def test_sessions_grow_by_one_over_restarts(outbox: Outbox) -> None:
    first = [outbox.next_session(), outbox.next_session()]

    assert [*first, reopened(outbox).next_session()] == [1, 2, 3]


def test_acknowledged_and_refused_reports_leave_and_others_stay(outbox: Outbox) -> None:
    add(outbox, *(vitals(level) for level in range(10)))

    removed = outbox.acknowledge(outbox.epoch, [(1, 3), (5, 5), (9, 40)], [(7, "wrong_shape")])

    assert removed == 7
    assert list(stored(outbox)) == [4, 6, 8]
    assert outbox.acknowledge(outbox.epoch, [(1, 3)], [(7, "wrong_shape")]) == 0
    assert outbox.waiting() == 3


def test_an_ack_of_another_epoch_removes_nothing(outbox: Outbox) -> None:
    add(outbox, vitals())

    assert outbox.acknowledge("0" * 16, [(1, 1)], []) == 0
    assert outbox.waiting() == 1


def test_after_keeps_both_limits_but_always_gives_one(outbox: Outbox) -> None:
    add(outbox, *(vitals(level) for level in range(10)))
    (_, body), *_rest = outbox.after(0, bytes_max=EVERYTHING, count_max=1)

    by_count = outbox.after(2, bytes_max=EVERYTHING, count_max=3)
    by_bytes = outbox.after(0, bytes_max=2 * len(body) + 2, count_max=9)
    least = outbox.after(0, bytes_max=1, count_max=9)

    assert [seq for seq, _ in by_count] == [3, 4, 5]
    assert [seq for seq, _ in by_bytes] == [1, 2]
    assert [seq for seq, _ in least] == [1]
    assert outbox.after(10, bytes_max=EVERYTHING, count_max=9) == []


def test_instants_outside_school_hours_are_rounded_on_disk(outbox: Outbox, tmp_path: Path) -> None:
    late = NOW.replace(hour=22, minute=17, second=43)

    add(outbox, failure(late), now=late)
    outbox.add([failure()], device_id=DEVICE, now=NOW, hours=None)

    assert {one["recorded_at"] for one in stored(outbox).values()} == {"2026-03-04T00:00:00+00:00"}
    assert {one["body"]["occurred_at"] for one in stored(outbox).values()} == {"2026-03-04T00:00:00+00:00"}
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"22:17" not in written
    assert b"10:00:05" not in written


def test_facts_of_many_devices_and_instants_are_added_at_once(outbox: Outbox) -> None:
    facts = [Fact(device_id=f"d-{day}", recorded_at=NOW - timedelta(days=7 * day), body=vitals()) for day in range(3)]

    numbers = outbox.add_facts(facts, now=NOW, hours=HOURS)

    assert numbers == range(1, 4)
    assert [(one["device_id"], one["recorded_at"]) for one in stored(outbox).values()] == [
        ("d-0", "2026-03-04T10:00:05+00:00"),
        ("d-1", "2026-02-25T10:00:05+00:00"),
        ("d-2", "2026-02-18T10:00:05+00:00"),
    ]


def test_a_body_that_cannot_be_written_leaves_nothing_half_added(outbox: Outbox) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        outbox.add([vitals(), vitals(float("nan"))], device_id=DEVICE, now=NOW, hours=HOURS, remember={"at": "1"})

    assert (outbox.waiting(), outbox.recall("at"), add(outbox, vitals())) == (0, None, range(1, 2))


def test_on_overflow_the_oldest_vitals_go_first_and_a_gap_says_so(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", bytes_max=8_000)
    outbox.start()
    add(outbox, failure(), vitals(), failure())
    added = 3
    while not gaps(outbox):
        added += len(add(outbox, vitals()))

    (gap,) = gaps(outbox)

    kept = stored(outbox)
    assert {1, 3} <= set(kept)
    assert (gap["first_seq"], gap["reason"]) == (2, "too_large")
    assert set(range(1, added + 1)) - set(kept) == set(range(2, gap["last_seq"] + 1)) - {3}
    assert gap["count"] == added - (len(kept) - 1)
    outbox.stop()


def test_on_overflow_of_others_the_oldest_go_when_no_vitals_are_left(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", bytes_max=8_000)
    outbox.start()
    add(outbox, vitals())
    while len(gaps(outbox)) < 2:
        add(outbox, failure())

    kept = stored(outbox)

    assert 1 not in kept
    assert [one["body"]["kind"] for one in kept.values()].count("vitals") == 0
    assert sum(gap["count"] for gap in gaps(outbox)) == outbox.newest - len(kept)
    assert sum(len(body) for _, body in outbox.after(0, bytes_max=EVERYTHING, count_max=EVERYTHING)) <= 8_000
    outbox.stop()


def test_what_waited_too_long_goes_and_a_gap_says_so(outbox: Outbox) -> None:
    add(outbox, failure(), vitals())
    add(outbox, vitals(), now=NOW + timedelta(days=400))

    add(outbox, vitals(), now=NOW + timedelta(days=401))

    assert gaps(outbox) == [{"kind": "gap", "first_seq": 1, "last_seq": 2, "count": 2, "reason": "too_old"}]
    assert outbox.waiting() == 3


def test_a_dead_clock_makes_no_report_too_old(outbox: Outbox) -> None:
    add(outbox, vitals(), now=datetime(1970, 1, 1, 0, 5, tzinfo=UTC))

    add(outbox, vitals())

    assert gaps(outbox) == []
    assert outbox.waiting() == 2


@pytest.mark.parametrize("damage", ["garbage", "truncated", "pages"])
def test_a_damaged_file_is_set_aside_and_what_is_known_to_be_lost_is_said(outbox: Outbox, damage: str) -> None:
    path = outbox._path
    add(outbox, *(failure() for _ in range(500)))
    outbox.acknowledge(outbox.epoch, [(1, 10)], [])
    epoch = outbox.epoch
    outbox.stop()
    whole = path.read_bytes()
    match damage:
        case "garbage":
            path.write_bytes(b"not a database at all" * 100)
        case "truncated":
            path.write_bytes(whole[: len(whole) // 2])
        case _:
            path.write_bytes(whole[:16384] + bytes(4096) + whole[20480:])

    outbox.start()
    numbers = add(outbox, failure())

    assert outbox.epoch != epoch
    assert path.with_name("outbox.db.damaged").exists()
    lost = {"kind": "gap", "first_seq": 11, "last_seq": 500, "count": 490, "reason": "damaged"}
    assert gaps(outbox) == ([lost] if damage == "pages" else [])  # of the others nothing is known
    assert numbers == (range(2, 3) if damage == "pages" else range(1, 2))
    assert reopened(outbox).waiting() == numbers[-1]


def test_a_file_damaged_while_in_use_costs_one_call_and_then_works_again(outbox: Outbox) -> None:
    add(outbox, *(failure() for _ in range(500)))
    reopened(outbox)
    epoch = outbox.epoch
    whole = outbox._path.read_bytes()
    outbox._path.write_bytes(whole[:12288] + bytes(len(whole) - 12288))
    assert outbox._connection is not None
    outbox._connection.execute("PRAGMA shrink_memory")  # forget what is cached of the good file

    with pytest.raises(OutboxError, match="cannot be used now"):
        stored(outbox)

    assert outbox.epoch != epoch
    assert [one["body"]["kind"] for one in map(stored(outbox).get, add(outbox, failure())) if one] == []
    assert stored(outbox)[outbox.newest]["body"]["kind"] == "failure"


def test_a_newer_agents_file_is_left_alone(outbox: Outbox) -> None:
    assert outbox._connection is not None
    outbox._connection.execute("PRAGMA user_version = 9")
    outbox.stop()

    with pytest.raises(OutboxError, match="written by a newer agent"):
        outbox.start()

    assert outbox._path.exists()


def test_only_the_owner_may_read_what_waits(outbox: Outbox) -> None:
    add(outbox, vitals())

    assert {path.stat().st_mode & 0o777 for path in outbox._path.parent.glob("outbox.db*")} == {0o600}


def test_an_outbox_that_is_not_open_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutboxError, match="start it first"):
        Outbox(tmp_path / "outbox.db").next_session()
