"""The outbox in a browser's own database: numbered, kept over restarts, let go only by an ack of its epoch."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.chromium

_OPEN = """
const { Outbox } = await import("/outbox/outbox.js");
const hours = { zone: "Europe/Berlin", days: [1, 2, 3, 4, 5], opens_minute: 420, closes_minute: 1020 };
const at = Date.UTC(2026, 10, 23, 9, 30, 15);  // a Monday, 10:30 in Berlin
const facts = { deviceId: "d-0123456789ab", at, hours };
const vitals = (level) => ({ kind: "vitals", battery_level_percent: level });
const stored = (outbox) => outbox.after(0, { bytesMax: 65536, countMax: 500 });
const open = (more) => new Outbox({ name, ...more }).open();
"""


def _run(page: Page, script: str) -> Any:
    """What the script returns, with an outbox of a name of its own."""
    return page.evaluate(f"async (name) => {{ {_OPEN} {script} }}", f"outbox {uuid4()}")


def test_reports_are_numbered_and_wait_until_they_are_acknowledged(page: Page) -> None:
    seqs, left, waiting = _run(
        page,
        """
        const outbox = await open();
        await outbox.add([vitals(1), vitals(2), vitals(3)], facts);
        const seqs = (await stored(outbox)).map(({ seq }) => seq);
        await outbox.acknowledge(outbox.epoch, [[1, 2]]);
        return [seqs, (await stored(outbox)).map(({ body }) => JSON.parse(body)), await outbox.waiting()];
        """,
    )

    assert seqs == [1, 2, 3]
    assert waiting == 1
    assert left == [
        {
            "seq": 3,
            "device_id": "d-0123456789ab",
            "recorded_at": "2026-11-23T09:30:15+00:00",
            "precision": "second",
            "body": {"kind": "vitals", "battery_level_percent": 3},
        }
    ]


def test_a_worker_that_comes_back_numbers_on_under_an_epoch_that_follows(page: Page) -> None:
    before, after, epochs = _run(
        page,
        """
        const first = await open();
        await first.add([vitals(1)], facts);
        const second = await open();
        await second.add([vitals(2)], facts);
        const epochs = [1, 2].map((seq) => second.epochOf(seq)).map(({ name, follows, firstSeq }) => ({ name, follows, firstSeq }));
        return [first.epoch, second.epoch, epochs];
        """,
    )

    assert before != after
    assert epochs == [
        {"name": before, "follows": None, "firstSeq": 1},
        {"name": after, "follows": before, "firstSeq": 2},
    ]


def test_an_ack_of_another_outbox_or_run_removes_nothing_of_this_one(page: Page) -> None:
    left = _run(
        page,
        """
        const first = await open();
        await first.add([vitals(1)], facts);
        const second = await open();
        await second.add([vitals(2)], facts);
        await second.acknowledge("0011223344556677", [[1, 2]]);
        const before = (await stored(second)).length;
        await second.acknowledge(first.epoch, [[1, 2]]);
        return [before, (await stored(second)).map(({ seq }) => seq)];
        """,
    )

    assert left == [2, [2]]


def test_what_a_collector_cannot_know_yet_gets_a_new_epoch_where_it_knows_more_than_was_numbered(page: Page) -> None:
    before, after, names = _run(
        page,
        """
        const outbox = await open();
        await outbox.add([vitals(1)], facts);
        await outbox.acknowledge(outbox.epoch, [[1, 1]]);
        await outbox.add([vitals(2)], facts);
        const before = outbox.epoch;
        await outbox.part();
        await outbox.add([vitals(3)], facts);
        return [before, outbox.epoch, (await stored(outbox)).map(({ seq }) => [seq, outbox.epochOf(seq).name])];
        """,
    )

    assert before != after
    assert names == [[2, after], [3, after]]


def test_outside_school_hours_only_the_day_is_written_down(page: Page) -> None:
    report = _run(
        page,
        """
        const outbox = await open();
        await outbox.add([vitals(1)], { ...facts, at: Date.UTC(2026, 10, 23, 19, 5) });
        return JSON.parse((await stored(outbox))[0].body);
        """,
    )

    assert (report["recorded_at"], report["precision"]) == ("2026-11-22T23:00:00+00:00", "day")


def test_a_full_outbox_drops_its_oldest_vitals_and_says_so(page: Page) -> None:
    bodies = _run(
        page,
        """
        const outbox = await open({ rowsMax: 16 });
        await outbox.add([{ kind: "inventory", platform: "chromeos" }], facts);
        for (let level = 1; level <= 16; level += 1) await outbox.add([vitals(level)], facts);
        return (await stored(outbox)).map(({ body }) => JSON.parse(body).body);
        """,
    )

    assert bodies[0]["kind"] == "inventory"
    assert bodies[1] == {"kind": "vitals", "battery_level_percent": 4}
    assert bodies[-1] == {"kind": "gap", "first_seq": 2, "last_seq": 4, "count": 3, "reason": "too_large"}


def test_what_waited_more_than_a_year_goes_and_is_told(page: Page) -> None:
    bodies = _run(
        page,
        """
        const outbox = await open();
        await outbox.add([vitals(1)], facts);
        await outbox.add([vitals(2)], { ...facts, at: at + 410 * 86400000 });
        return (await stored(outbox)).map(({ body }) => JSON.parse(body).body);
        """,
    )

    assert [body["kind"] for body in bodies] == ["vitals", "gap"]
    assert bodies[1]["reason"] == "too_old"


def test_a_body_is_as_long_as_its_bytes(page: Page) -> None:
    body = _run(
        page,
        """
        const outbox = await open();
        await outbox.add([{ kind: "inventory", platform: "chromeos", model: "Größe 😀" }], facts);
        return (await stored(outbox))[0].body;
        """,
    )

    assert body.isascii()


def test_sessions_grow_with_the_clock_and_beyond_the_last(page: Page) -> None:
    numbers = _run(
        page,
        """
        const outbox = await open();
        return [await outbox.nextSession(1000), await outbox.nextSession(500), await (await open()).nextSession(2000)];
        """,
    )

    assert numbers == [1000, 1001, 2000]


def test_what_could_not_be_written_was_never_numbered(page: Page) -> None:
    told, newest, rows, name = _run(
        page,
        """
        const outbox = await open();
        const told = await outbox.add([vitals(1)], { ...facts, remember: { it: () => 0 } }).catch(({ name }) => name);
        const newest = outbox.newest;
        await outbox.add([vitals(2)], facts);
        const [row] = await stored(outbox);
        return [told, newest, row.seq, outbox.epochOf(1).name === outbox.epoch];
        """,
    )

    assert (told, newest, rows, name) == ("DataCloneError", 0, 1, True)


def test_after_forgetting_nothing_is_left_and_numbers_begin_anew(page: Page) -> None:
    newest, rows, recalled, is_new = _run(
        page,
        """
        const outbox = await open();
        await outbox.add([vitals(1)], { ...facts, remember: { publisher: "d-1" } });
        const before = outbox.epoch;
        await outbox.forget();
        return [outbox.newest, await outbox.waiting(), await outbox.recall("publisher"), outbox.epoch !== before];
        """,
    )

    assert (newest, rows, recalled, is_new) == (0, 0, None, True)
