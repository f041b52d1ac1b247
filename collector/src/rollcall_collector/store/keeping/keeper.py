"""Writes a batch to the database in one transaction: all of it is kept, or nothing is and nobody is told otherwise."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection

from rollcall_collector.errors import StoreError
from rollcall_collector.store.instants import DAY_US
from rollcall_collector.store.keeping.apart import Apart
from rollcall_collector.store.keeping.asking import Ask
from rollcall_collector.store.keeping.batch import Batch, Newest
from rollcall_collector.store.keeping.checked import Noted, RefusedReport
from rollcall_collector.store.keeping.late_changes import LateChanges
from rollcall_collector.store.keeping.parcel import pack, parcels
from rollcall_collector.store.keeping.rows import write_rows
from rollcall_collector.store.keeping.several import Several
from rollcall_collector.store.keeping.statements import BOOT_COLUMNS, INVENTORY_COLUMNS, statements
from rollcall_collector.store.keeping.tellers import Tellers
from rollcall_collector.store.keeping.watermark import Watermark
from rollcall_collector.store.keeping.watermarks import Watermarks
from rollcall_collector.store.parts.claim import Claim
from rollcall_wire import Inventory, Vitals
from rollcall_wire.encoding import encode

REFUSALS_MAX = 100_000
"""So many refusals are kept; older ones make room."""
PAYLOAD_BYTES = 2_048
DETAIL_CHARACTERS = 500
HEARD_US = 60_000_000
"""When a publisher was last heard is written at most once in this time."""


class StaleError(StoreError):
    """Another collector moved a watermark that this one remembered: the batch must be read again."""


class Keeper:
    """The one writer of what devices report. Used from one thread; opens its connection when it first needs one.

    With a claim it writes only while the share is its own, and opening raises ShareTakenError where it is another's.

    `batch()` begins adding up, `keep(batch)` commits it. After any error nothing of the batch is kept, and everything
    remembered is forgotten: the caller begins again with the messages themselves.
    """

    def __init__(self, engine: Engine, *, has_mirror: bool = False, claim: Claim | None = None) -> None:
        self._engine = engine
        self._claim = claim
        self._has_mirror = has_mirror
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._say = statements(is_sqlite=self._is_sqlite)
        self._ask = Ask(is_sqlite=self._is_sqlite)
        self._tellers = Tellers(self._ask, self._open)
        self._proxy: PoolProxiedConnection | None = None
        self._cursor: Any = None
        self._watermarks = Watermarks(self._say, self._open)
        self._heard: dict[int, int] = {}
        self._refused = 0

    def batch(self, now_us: int) -> Batch:
        """An empty batch, received now."""
        self._tellers.refresh()
        apart = Apart(tellers=self._tellers, now_us=now_us, has_mirror=self._has_mirror)
        return Batch(now_us=now_us, has_mirror=self._has_mirror, watermark=self._watermarks.of, apart=apart)

    def keep(self, batch: Batch) -> None:
        """Commit the batch to the disk. Raises what the database raises; then nothing of it is kept."""
        try:
            cursor = self._open()
            cursor.execute(self._say.begin)
            self._write(cursor, batch)
            cursor.execute("COMMIT")
        except BaseException:
            self.forget()
            raise
        for mark in batch.watermarks.values():
            mark.note_written()
        self._heard.update(batch.heard_publishers)

    def hold(self) -> None:
        """Have the claim, anew where the connection was lost meanwhile. Raises what the database raises."""
        try:
            self._open().execute("SELECT 1")
        except Exception:  # noqa: BLE001  # whatever the driver calls it: the second try says what is wrong
            self.forget()
            self._open()

    def forget(self) -> None:
        """Let go of the connection, the claim and everything remembered: what is not committed is rolled back."""
        proxy, self._proxy = self._proxy, None
        cursor, self._cursor = self._cursor, None
        self._watermarks.clear()
        self._tellers.forget()
        self._heard.clear()
        with suppress(Exception):  # nothing is open, or the connection is lost: then there is nothing to roll back
            cursor.execute("ROLLBACK")
            cursor.close()
        if proxy is not None:
            proxy.invalidate()
        if self._claim is not None:
            self._claim.let_go()

    def _open(self) -> Any:
        if self._cursor is None:
            self._proxy = self._engine.raw_connection()
            connection: Any = self._proxy.driver_connection
            if self._is_sqlite:
                connection.isolation_level = None
            else:
                connection.autocommit = True
            self._cursor = connection.cursor()
            if self._is_sqlite:
                self._cursor.execute("PRAGMA busy_timeout = 5000")
                self._cursor.execute("PRAGMA wal_autocheckpoint = 4000")
            else:  # every row is found by its key: how many come at once is nothing to plan anew for
                self._cursor.execute("SET plan_cache_mode = force_generic_plan")
            self._take_claim()
        return self._cursor

    def _take_claim(self) -> None:
        if self._claim is not None:
            try:
                self._claim.take(self._cursor)
            except BaseException:
                self.forget()
                raise

    def find(self, publisher: int, epoch: str) -> Watermark | None:
        """What is settled of this epoch; None where nothing of it ever came."""
        return self._watermarks.find(publisher, epoch)

    def _write(self, cursor: Any, batch: Batch) -> None:
        say = self._say
        if not self._tellers.is_current(cursor):
            raise StaleError("somebody began to tell of a device: the batch is read again")
        self._write_watermarks(cursor, batch)
        write_rows(cursor, say.note_shared, sorted(batch.shared.items()))
        self._write_boots(cursor, batch)
        write_rows(cursor, say.add_failure, _failures(batch))
        late = LateChanges(self._ask, cursor)
        days = sorted(batch.days.items())
        write_rows(cursor, say.merge_day, [(*key, *day) for key, day in days])
        for key, _ in days:
            late.note_day(*key)
        self._write_states(cursor, batch)
        self._write_apart(cursor, batch, late)
        late.write()
        write_rows(cursor, say.add_gap, batch.gaps)
        told: list[tuple[str, str | None, RefusedReport | Noted]] = [*batch.refusals, *batch.notes]
        write_rows(cursor, say.add_refusal, [_refusal(batch.now_us, *one) for one in told])
        self._drop_refusals(cursor, len(told))
        heard = [(us, key) for key, us in batch.heard_publishers.items() if us - self._heard.get(key, 0) >= HEARD_US]
        write_rows(cursor, say.hear_publisher, sorted(heard, key=lambda one: one[1]))
        states = [(one.state, one.session, key, one.session, one.state) for key, one in batch.states]
        write_rows(cursor, say.note_state, states)
        write_rows(cursor, say.add_parcel, list(_parcels(batch)))

    def _write_watermarks(self, cursor: Any, batch: Batch) -> None:
        moved, followed = [], []
        today = batch.now_us // DAY_US
        for mark in batch.watermarks.values():
            if mark.key is not None:
                if (change := mark.change())[:2] != change[3:]:
                    moved.append((today, *change))
                continue
            values = mark.publisher, mark.epoch, mark.upto, mark.ranges, mark.is_copy, mark.is_followed, today
            row = cursor.execute(self._say.add_watermark, values).fetchone()
            if row is None:
                raise StaleError("another collector began the same outbox: the batch is read again")
            mark.key = row[0]
            if mark.is_copy:
                at_us = batch.heard_publishers[mark.publisher]
                cursor.execute(self._say.note_set_back, (mark.publisher, at_us))
            if mark.follows is not None:
                followed.append((mark.publisher, mark.follows, today))
        write_rows(cursor, self._say.follow_watermark, followed)  # last: one that is new itself has its row by now
        if write_rows(cursor, self._say.move_watermark, moved) != len(moved):
            raise StaleError("another collector moved a watermark: the batch is read again")

    def _write_boots(self, cursor: Any, batch: Batch) -> None:
        rows = [
            (*key, us, on, is_day_only, *_boot_of(boot)) for key, (boot, us, on, is_day_only) in batch.boots.items()
        ]
        if not rows:
            return
        cursor.execute("SAVEPOINT boots")
        if write_rows(cursor, self._say.add_boot, rows) == len(rows):
            for (device, _), (boot, _, on, _) in batch.boots.items():
                batch.count_boot(device, on, boot)
        else:
            # Some start was told before, by another outbox: one by one each says whether it was new.
            cursor.execute("ROLLBACK TO SAVEPOINT boots")
            for row, ((device, _), (boot, _, on, _)) in zip(rows, batch.boots.items(), strict=True):
                if write_rows(cursor, self._say.add_boot, [row]) == 1:
                    batch.count_boot(device, on, boot)
        cursor.execute("RELEASE SAVEPOINT boots")

    def _write_states(self, cursor: Any, batch: Batch) -> None:
        say, heard = self._say, batch.heard_devices()
        told = sorted(batch.inventories.items())
        write_rows(cursor, say.describe_device, [_description(device, one) for device, one in told])
        write_rows(cursor, say.renew_inventory, [(device, heard[device], *_state(one)) for device, one in told])
        vitals = sorted(batch.vitals.items())
        write_rows(cursor, say.renew_vitals, [(device, heard[device], *_state(one), one[3]) for device, one in vitals])
        others = [(device, us) for device, us in sorted(heard.items()) if device not in batch.vitals]
        write_rows(cursor, say.hear_device, others)

    def _write_apart(self, cursor: Any, batch: Batch, late: LateChanges) -> None:
        self._tellers.write(cursor)
        if isinstance(batch.apart, Apart) and batch.apart.words:
            batch.records += Several(self._ask, cursor, self._say.merge_day, late).write(batch.apart)
            batch.gaps += [gap for words in batch.apart.words.values() for gap in words.gaps]

    def _drop_refusals(self, cursor: Any, count: int) -> None:
        before = self._refused
        self._refused += count
        if before // 1_000 != self._refused // 1_000:
            cursor.execute(self._say.drop_refusals, (REFUSALS_MAX,))


_VITALS_FIELDS = tuple(one.name for one in fields(Vitals) if one.name != "kind")
_VITALS_NAMES = tuple(f',"{name}":' for name in _VITALS_FIELDS)
_vitals_of = attrgetter(*_VITALS_FIELDS)
_boot_of = attrgetter(*BOOT_COLUMNS)


def _values(body: Inventory, names: tuple[str, ...]) -> Iterator[Any]:
    return (getattr(body, name) for name in names)


def _failures(batch: Batch) -> list[tuple[Any, ...]]:
    return [
        (
            device,
            mark.key,
            seq,
            failure.channel,
            failure.code,
            us,
            on,
            is_day_only,
            failure.count,
            failure.boot_id,
            json.dumps(failure.evidence) if failure.evidence else "{}",
        )
        for device, mark, seq, failure, us, on, is_day_only in batch.failures
    ]


def _parcels(batch: Batch) -> Iterator[tuple[int, int, int, bytes]]:
    for lines, records in parcels(batch.records):
        body = pack(records)
        yield batch.now_us, lines, len(body), body


def _state(newest: Newest) -> tuple[str, int | None, int]:
    _, mark, report, _ = newest
    body = report.body
    return _vitals_text(body) if isinstance(body, Vitals) else encode(body).decode(), mark.key, report.seq


def _vitals_text(vitals: Vitals) -> str:
    # As the wire writes it, in half the time: every single report that arrives alone is written so.
    parts = ['{"kind":"vitals"']
    for name, value in zip(_VITALS_NAMES, _vitals_of(vitals), strict=True):
        if value is not None:
            parts.append(name)
            parts.append(repr(value) if type(value) is not bool else "true" if value else "false")
    parts.append("}")
    return "".join(parts)


def _description(device: int, newest: Newest) -> tuple[Any, ...]:
    _, mark, report, _ = newest
    inventory = report.body
    assert isinstance(inventory, Inventory)
    told = *_values(inventory, INVENTORY_COLUMNS), inventory.asset_tag
    return *told, device, device, mark.key, mark.key, report.seq, mark.key


def _refusal(now_us: int, publisher: str, epoch: str | None, refused: RefusedReport | Noted) -> tuple[Any, ...]:
    detail = "".join(one if one.isprintable() else "?" for one in refused.detail[:DETAIL_CHARACTERS])
    size = len(refused.payload)
    name = "".join(one if one.isprintable() else "?" for one in publisher)
    return now_us, name, epoch, refused.seq, refused.reason, detail, size, refused.payload[:PAYLOAD_BYTES]
