"""Writes what several publishers say of one device: each one's last word apart; every start, failure and sum once.

A day's sums are those of the publisher that told most of that day; a start or failure counts once however many tell
it. What was told before the second publisher began is the first one's word.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from rollcall_collector.model.fact import DAY_FIELDS
from rollcall_collector.store.instants import DAY_US
from rollcall_collector.store.keeping.apart import Apart, OnesWords
from rollcall_collector.store.keeping.asking import Ask
from rollcall_collector.store.keeping.batch import Day
from rollcall_collector.store.keeping.fact_kind import BOOT, FAILURE, FactKind
from rollcall_collector.store.keeping.last_words import LastWords, Standing
from rollcall_collector.store.keeping.late_changes import LateChanges
from rollcall_collector.store.keeping.lines import Record
from rollcall_collector.store.keeping.merged_fact import said_of_boot, said_of_failure
from rollcall_collector.store.keeping.rows import write_rows
from rollcall_collector.store.keeping.same_fact import Telling
from rollcall_collector.store.keeping.tellings import Change, Tellings, Told, ToldOf

_EMPTY = tuple(one.empty for one in DAY_FIELDS)
_PLACES = {one.name: place for place, one in enumerate(DAY_FIELDS)}
_IS_SUM = [one.roll_up.way == "sum" for one in DAY_FIELDS]
_TOLD = 'SELECT publisher, reports, awake_seconds FROM device_publisher_days WHERE device = ? AND "on" = ?'
_KEPT = 'SELECT reports, awake_seconds FROM device_days WHERE device = ? AND "on" = ?'
_TELL = (
    'INSERT INTO device_publisher_days (device, publisher, "on", reports, awake_seconds) VALUES (?, ?, ?, ?, ?)'
    ' ON CONFLICT (device, publisher, "on") DO UPDATE SET reports = excluded.reports,'
    " awake_seconds = excluded.awake_seconds"
)
_SET_SUMS = 'UPDATE device_days SET reports = ?, awake_seconds = ? WHERE device = ? AND "on" = ?'


class Several:
    """Writes the words of one batch that are kept apart, within its transaction."""

    def __init__(self, ask: Ask, cursor: Any, merge_day: str, late: LateChanges) -> None:
        self._ask = ask
        self._cursor = cursor
        self._merge_day_text = merge_day
        self._late = late
        self._last_words = LastWords(ask, cursor)
        self._tellings = Tellings(ask, cursor)
        self._records: list[Record] = []

    def write(self, apart: Apart) -> list[Record]:
        """Write them all. Returns what the mirror gets of what is new."""
        devices = sorted({device for words in apart.words.values() for device, _ in words.days})
        today = apart.now_us // DAY_US
        standings = {device: self._last_words.standing(device, today) for device in devices}
        for publisher, words in sorted(apart.words.items()):
            self._write_facts(standings, publisher, words)
            self._write_days(standings, publisher, words)
            self._write_last(standings, publisher, words)
            self._records += words.records
        return self._records

    def _write_last(self, standings: Mapping[int, Standing], publisher: int, words: OnesWords) -> None:
        for device, heard_us in sorted(words.heard_devices().items()):
            self._last_words.hear(standings[device], publisher, heard_us)
        for device, newest in sorted(words.inventories.items()):
            self._last_words.say(standings[device], publisher, "inventory", newest)
        for device, newest in sorted(words.vitals.items()):
            self._last_words.say(standings[device], publisher, "vitals", newest)

    def _write_days(self, standings: Mapping[int, Standing], publisher: int, words: OnesWords) -> None:
        """Bring in the readings and, in place of the day's sums, those of the publisher that told most."""
        for (device, on), told in sorted(words.days.items()):
            if not told[_PLACES["reports"]]:
                continue  # the day of a failure that was recorded on another
            sums = self._sums(standings[device], on)
            reports, awake = sums.get(publisher, (0, None))
            awake_now = told[_PLACES["awake_seconds"]]
            sums[publisher] = (
                reports + told[_PLACES["reports"]],
                awake if awake_now is None else (awake or 0.0) + awake_now,
            )
            self._ask(self._cursor, _TELL, device, publisher, on, *sums[publisher])
            readings = [empty if is_sum else value for value, empty, is_sum in zip(told, _EMPTY, _IS_SUM, strict=True)]
            self._merge_day(device, on, readings)
            most = max(reports for reports, _ in sums.values())
            longest = max((awake for _, awake in sums.values() if awake is not None), default=None)
            self._ask(self._cursor, _SET_SUMS, most, longest, device, on)

    def _sums(self, standing: Standing, on: int) -> dict[int, tuple[int, float | None]]:
        """Of one day each publisher's sums so far; what was there before words were kept apart is the first one's."""
        rows = self._ask(self._cursor, _TOLD, standing.device, on).fetchall()
        if rows:
            return {publisher: (reports, awake) for publisher, reports, awake in rows}
        kept = self._ask(self._cursor, _KEPT, standing.device, on).fetchone()
        if kept is None:
            return {}
        self._ask(self._cursor, _TELL, standing.device, standing.first, on, *kept)
        return {standing.first: (kept[0], kept[1])}

    def _write_facts(self, standings: Mapping[int, Standing], publisher: int, words: OnesWords) -> None:
        told: dict[tuple[int, str], list[Told]] = defaultdict(list)
        kinds: dict[str, FactKind] = {"boot": BOOT}
        for (device, boot_id), (boot, us, on, is_day_only) in words.boots.items():
            telling = Telling(told=0, publisher=publisher, name=boot_id, at_us=us, on=on, is_day_only=is_day_only)
            record = words.fact_records.get((device, boot_id))
            told[device, "boot"].append(Told(telling=telling, said=said_of_boot(boot), record=record))
        for device, mark, seq, failure, us, on, is_day_only in words.failures:
            name = f"{mark.key}/{seq}"
            telling = Telling(told=0, publisher=publisher, name=name, at_us=us, on=on, is_day_only=is_day_only)
            record = words.fact_records.get((device, (id(mark), seq)))
            subject = f"{failure.channel}/{failure.code}"
            kinds[subject] = FAILURE
            told[device, subject].append(Told(telling=telling, said=said_of_failure(failure), record=record))
        for (device, subject), found in sorted(told.items(), key=lambda one: one[0]):
            standing = standings[device]
            about = ToldOf(
                device=device,
                name=subject,
                kind=kinds[subject],
                first=standing.first,
                apart_on=standing.apart_on,
            )
            self._count(about, self._tellings.tell(about, found))

    def _count(self, subject: ToldOf, changes: Sequence[Change]) -> None:
        """Bring into the days what changed: a fact that is new, counts for more, or moved to another day."""
        kind = subject.kind
        days: dict[int, Day] = defaultdict(lambda: list(_EMPTY))
        for change in changes:
            for content, sign in ((change.before, -1), (change.after, 1)):
                if content is not None:
                    _add_up(days[content[kind.on]], kind.counts(content), sign)
                    if kind is BOOT and change.before is not None:
                        self._late.note_start(subject.device, content[kind.on], change.fact)
            if change.before is None and change.record is not None:
                self._records.append(change.record)
        for on, day in sorted(days.items()):
            self._merge_day(subject.device, on, day)

    def _merge_day(self, device: int, on: int, day: Day) -> None:
        write_rows(self._cursor, self._merge_day_text, [(device, on, *day)])
        self._late.note_day(device, on)


def _add_up(day: Day, counts: Mapping[str, Any], sign: int) -> None:
    for name, value in counts.items():
        place = _PLACES[name]
        if _IS_SUM[place]:
            day[place] += sign * value
        elif sign > 0 and value is not None:
            day[place] = value if day[place] is None else max(value, day[place])
