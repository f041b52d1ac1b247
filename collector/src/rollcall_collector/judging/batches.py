"""Goes through the fleet device by device: findings, flags, numbers and verdicts, a few a transaction."""

import time
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

import numpy as np
from sqlalchemy import Connection, Engine

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.failures.evidence import FailureEvidence
from rollcall_collector.judge.findings import registry
from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.rule import FAILURE_DAYS, READING_DAYS, FleetPlace, Subject
from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.judge.fleet import Intervals, WholeJudgement, judgements_of, start_judgements_of
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.unflagged import judge_exposure, places_in_doubt, say_unlisted
from rollcall_collector.model.fact import DeviceFacts
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.fleet import FleetHistory
from rollcall_collector.model.site import Site
from rollcall_collector.model.verdict import DeviceVerdict
from rollcall_collector.store.history.device_facts import (
    DeviceExposure,
    DeviceInUse,
    gather_facts,
    list_exposures,
    list_failed,
    list_in_use,
)
from rollcall_collector.store.instants import from_day, local_day, to_us
from rollcall_collector.store.judged.flags import flagged_devices, keep_found
from rollcall_collector.store.judged.judgings import ChangedJudgements, changed_judgements, write_judgements
from rollcall_collector.store.judged.verdicts import keep_verdicts

THOUGHT_OF = 500
"""Devices thought of at a time."""
BATCH = 50
"""Devices a transaction: ingest waits for no more than these."""
GIVE_WAY_SECONDS = 0.1
"""Between two transactions on SQLite: whoever waits for its one writer looks again within this time."""
MARGIN_DAYS = 30
"""Readings just older than the rule's span still show where a counter or battery stood before."""
SILENCE_DAYS_MAX = 250
"""Silence is counted no further than about a school year and a half."""
ALL_RULES = tuple(rule.name for rule in registry.RULES)
Chosen = TypeVar("Chosen")
Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0: not known)."""


@dataclass(kw_only=True, slots=True)
class Round:
    """One judging of the whole fleet, device by device, a few a transaction.

    `anew` are the keys of devices that what they did since they were dismissed would name by itself. `is_odd` says by
    place whose readings ask for a closer look, `evidence` by place what failures say of who may be named for them, and
    `judged_by` by rule and place of whom that rule may have something to say by the fleet's judging.
    """

    engine: Engine
    now: datetime
    parameters: Parameters
    swap_price: float | None
    sites: Mapping[int, Site]
    judged: WholeJudgement
    history: FleetHistory
    is_odd: Bools
    intervals: Intervals
    evidence: Mapping[int, FailureEvidence]
    judged_by: Mapping[str, Bools]
    anew: frozenset[int] = frozenset()
    devices: int = 0

    def judge(self, say: Progress) -> tuple[int, int, dict[str, tuple[Finding, ...]]]:
        """How many flags were opened and closed, and the findings by device id."""
        exposures, looked_at, with_days = self._choose()
        doubts = places_in_doubt(self.judged)
        place_of = {key: place for place, key in enumerate(self.history.devices.key)}
        self.devices = len(exposures)
        opened = closed = 0
        findings: dict[str, tuple[Finding, ...]] = {}
        for start in range(0, len(exposures), THOUGHT_OF):
            say("writing verdicts down", start, len(exposures))
            thought = self._think(exposures[start : start + THOUGHT_OF], looked_at, with_days, doubts, place_of)
            findings |= {one.device_id: thought.found[one.device] for one in thought.near}
            for batch in in_turns(self.engine, tuple(thought.verdicts), BATCH):
                more, less = self._write(thought, batch)
                opened, closed = opened + more, closed + less
        say("writing verdicts down", len(exposures), len(exposures))
        return opened, closed, findings

    def _think(
        self,
        batch: Sequence[DeviceInUse],
        looked_at: Container[int],
        with_days: Container[int],
        doubts: Bools,
        place_of: Mapping[int, int],
    ) -> "_Thought":
        """What is to be said of these devices; nobody waits meanwhile."""
        near = [one for one in batch if one.device in looked_at or registry.is_due(self._subject(one, _bare(one)))]
        keys = [one.device for one in batch]
        places = np.array([place_of[key] for key in keys if key in place_of], dtype=np.int64)
        with self.engine.connect() as connection:
            facts = read_facts(connection, near, self.now, with_days=with_days)
            numbers = changed_judgements(
                connection,
                keys,
                judgements_of(self.judged, self.history, places, self.intervals),
                start_judgements_of(self.judged, self.history, places),
            )
        return _Thought(
            near=near,
            found={one.device: self._find(one, facts[one.device], place_of.get(one.device)) for one in near},
            numbers=numbers,
            verdicts={one.device: self._verdict(one, place_of.get(one.device), doubts) for one in batch},
        )

    def _write(self, thought: "_Thought", keys: Sequence[int]) -> tuple[int, int]:
        """Write down what was thought of these devices; returns how many flags were opened and closed."""
        found = {key: thought.found[key] for key in keys if key in thought.found}
        anew = {key: (UNRELIABLE,) for key in keys if key in self.anew}
        with self.engine.begin() as connection:
            changes = keep_found(connection, found, rules=ALL_RULES, now=self.now, anew=anew).values()
            write_judgements(connection, keys, thought.numbers)
            keep_verdicts(connection, {key: thought.verdicts[key] for key in keys}, self.now, found_since=self.now)
        return sum(len(more) for more, _ in changes), sum(len(less) for _, less in changes)

    def _choose(self) -> tuple[tuple[DeviceInUse, ...], set[int], set[int]]:
        """Every device in use, the keys of those whose facts are looked at, and of whom that means their days too.

        Days are read only where a rule that looks at them has a reason to.
        """
        reading, since = registry.reading(), self.now.date() - timedelta(days=FAILURE_DAYS)
        with self.engine.connect() as connection:
            exposures = list_in_use(connection, self._exposures())
            failed = list_failed(connection, channels=registry.wanted_channels(), since=since)
            worn = list_failed(connection, channels=registry.wanted_channels(reading), since=since)
            flagged = flagged_devices(connection)
        odd = {one.device for one in exposures if one.is_odd}
        looked_at = odd | failed | flagged | self._keys(self.judged_by)
        return exposures, looked_at, odd | worn | self._keys(self.judged_by.keys() & {rule.name for rule in reading})

    def _keys(self, rules: Iterable[str]) -> set[int]:
        """The devices of which one of these rules may have something to say by the fleet's judging."""
        places = {place for name in rules for place in np.flatnonzero(self.judged_by[name]).tolist()}
        return {self.history.devices.key[place] for place in places}

    def _exposures(self) -> dict[int, DeviceExposure]:
        """How long each device was active, as the history has it."""
        days, arrays = self.judged.failures.active_days, self.judged.arrays
        return {
            self.history.devices.key[place]: DeviceExposure(
                active_days=int(days[place]),
                first_active_on=from_day(int(arrays.first_day[place])),
                last_active_on=from_day(int(arrays.last_day[place])),
                is_odd=bool(self.is_odd[place]),
            )
            for place in np.flatnonzero(days > 0).tolist()
        }

    def _silence(self, one: DeviceInUse) -> int:
        """School days without a sign of life, by the calendar of its site.

        A bridge is the root of its devices: days on which it was not heard either say nothing of them.
        """
        if one.last_active_on is None:
            return 0
        site = self.sites.get(one.site or 0) or Site(site=0, name="", zone=one.zone)
        today = today_of(one, self.now)
        until = today - timedelta(days=1)
        if one.bridge_heard_at is not None:
            until = min(until, from_day(local_day(to_us(one.bridge_heard_at), one.zone)))
        return site.school_days_since(one.last_active_on, until, at_most=SILENCE_DAYS_MAX)

    def _find(self, one: DeviceInUse, facts: DeviceFacts, place: int | None) -> tuple[Finding, ...]:
        fleet = None
        if place is not None:
            fleet = FleetPlace(judged=self.judged, place=place, failures=self.evidence.get(place))
        asked = (rule for rule in registry.RULES if self._is_asked(rule.name, place))
        return registry.without_repeats(registry.find(replace(self._subject(one, facts), fleet=fleet), asked))

    def _is_asked(self, rule: str, place: int | None) -> bool:
        """Whether a rule may have something to say of a device, or needs no judging of the fleet."""
        return rule not in self.judged_by or (place is not None and bool(self.judged_by[rule][place]))

    def _subject(self, one: DeviceInUse, facts: DeviceFacts) -> Subject:
        return Subject(
            facts=facts,
            papers=papers_of(one, today_of(one, self.now)),
            school_days_silent=self._silence(one),
            platform=one.platform,
            price=one.price,
            swap_price=self.swap_price,
        )

    def _verdict(self, one: DeviceInUse, place: int | None, doubts: Bools) -> DeviceVerdict:
        doubt = None
        if place is not None and doubts[place]:
            doubt = say_unlisted(self.judged, place, self.evidence.get(place), parameters=self.parameters)
        return verdict_of(one, self.now, doubt)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Thought:
    """What is to be said of some devices, by key."""

    near: Sequence[DeviceInUse]
    found: Mapping[int, tuple[Finding, ...]]
    numbers: ChangedJudgements
    verdicts: Mapping[int, DeviceVerdict]


def in_turns(engine: Engine, devices: Sequence[Chosen], count: int) -> Iterator[Sequence[Chosen]]:
    """So many devices at a time, one transaction each; between two of them others may write."""
    for start in range(0, len(devices), count):
        if start and engine.dialect.name == "sqlite":
            time.sleep(GIVE_WAY_SECONDS)
        yield devices[start : start + count]


def read_exposures(connection: Connection, now: datetime, *, keys: Collection[int]) -> tuple[DeviceInUse, ...]:
    """Those of these keys in use, with what the rules want to know of their readings."""
    return list_exposures(
        connection,
        now.date(),
        readings=registry.wanted_readings(),
        readings_since=read_since(now.date()),
        keys=keys,
    )


def read_since(today: date) -> date:
    """The first day whose readings any rule looks at."""
    return today - timedelta(days=READING_DAYS + MARGIN_DAYS)


def read_facts(
    connection: Connection,
    devices: Iterable[DeviceInUse],
    now: datetime,
    *,
    with_days: Container[int] | None = None,
) -> dict[int, DeviceFacts]:
    """The facts of these devices as far as any rule looks at them, by key; the days of those alone `with_days`."""
    today = now.date()
    return gather_facts(
        connection,
        devices,
        channels=registry.wanted_channels(),
        readings_since=read_since(today),
        failures_since=today - timedelta(days=FAILURE_DAYS),
        with_days=with_days,
    )


def papers_of(one: DeviceInUse, today: date) -> Papers:
    """What the school's papers say of a device."""
    return Papers(today=today, warranty_until=one.warranty_until, support_until=one.support_until)


def verdict_of(one: DeviceInUse, now: datetime, doubt: str | None) -> DeviceVerdict:
    """What is said of a device while no flag speaks: by its exposure, and not healthy where there is a doubt."""
    own = replace(judge_exposure(_bare(one), today_of(one, now)), first_active_on=one.first_active_on)
    if own.verdict != "healthy" or doubt is None:
        return own
    return replace(own, verdict="not_enough_evidence", sentence=doubt)


def _bare(one: DeviceInUse) -> DeviceFacts:
    """A device's exposure as facts, without anything that happened."""
    return DeviceFacts(active_days=one.active_days, last_active_on=one.last_active_on)


def today_of(one: DeviceInUse, now: datetime) -> date:
    """The day on the wall calendar of the device's site."""
    return _today(now, one.zone)


@lru_cache(maxsize=64)
def _today(now: datetime, zone: str) -> date:
    return from_day(local_day(to_us(now), zone))
