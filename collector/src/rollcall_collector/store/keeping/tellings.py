"""Counts a start or failure once however many publishers tell it, and keeps each one's word about it.

Words that may be about the same fact lie on one day, or two minutes apart about midnight. The words of such a span of
days are looked at together, and what they come to is written where it differs from what stands.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rollcall_collector.store.keeping.asking import Ask
from rollcall_collector.store.keeping.fact_kind import TAKEN_MAX, Content, FactKind
from rollcall_collector.store.keeping.lines import Record
from rollcall_collector.store.keeping.merged_fact import Word
from rollcall_collector.store.keeping.same_fact import APART_US, Telling, group, is_same

_NEW = 2**62
"""Words that are told now come after all that were told before."""
_LOAD = (
    "SELECT telling, publisher, name, told_us, told_on, is_day_only, said, fact FROM tellings"
    " WHERE device = ? AND subject = ? AND told_on BETWEEN ? AND ? ORDER BY telling"
)
_FIND_NAME = (
    "SELECT telling, publisher, name, told_us, told_on, is_day_only FROM tellings"
    " WHERE device = ? AND subject = ? AND name = ? ORDER BY telling"
)
_FIND_BOOT = "SELECT booted_on FROM boots WHERE device = ? AND boot_id = ?"
_ADD = (
    "INSERT INTO tellings (device, subject, publisher, name, told_us, told_on, is_day_only, said, fact)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MOVE = "UPDATE tellings SET fact = ? WHERE telling = ?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Told(Word):
    """A word and the fact that it is about: None for one that is told now. `record` is what the mirror gets of it."""

    fact: int | None = None
    record: Record | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A fact by its key, before and after: None where it was not there, or is not there any more."""

    fact: int
    before: Content | None
    after: Content | None
    record: Record | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldOf:
    """One kind of fact of one device. `first` told whatever stands without a word, until the day `apart_on`."""

    device: int
    name: str
    kind: FactKind
    first: int
    apart_on: int


class Tellings:
    """Takes in words and writes the facts behind them, within the transaction of a batch."""

    def __init__(self, ask: Ask, cursor: Any) -> None:
        self._ask = ask
        self._cursor = cursor

    def tell(self, subject: ToldOf, words: Sequence[Told]) -> list[Change]:
        """Take in these words about one subject. Returns what that changes in its facts."""
        left = [one for place, word in enumerate(words) if (one := self._placed(subject, word, place))]
        changes: list[Change] = []
        while left:
            span = self._span(subject, left[0].telling.on, left)
            changes += self._settle(subject, span)
            settled = {one.telling.told for one in span}
            left = [one for one in left if one.telling.told not in settled]
        return changes

    def _placed(self, subject: ToldOf, word: Told, place: int) -> Told | None:
        """The word with its number; on its namesake's day where another tells that day; None where it was told."""
        numbered = replace(word.telling, told=_NEW + place, says=subject.kind.says(word.said))
        for known in self._namesakes(subject, numbered):
            if known.publisher == numbered.publisher:
                return None
            if known.on != numbered.on and not is_same(known, replace(numbered, name=None)):
                numbered = replace(numbered, at_us=known.at_us, on=known.on, is_day_only=known.is_day_only)
        return replace(word, telling=numbered)

    def _namesakes(self, subject: ToldOf, telling: Telling) -> list[Telling]:
        if not subject.kind.is_named:
            return []
        stands = self._ask(self._cursor, _FIND_BOOT, subject.device, telling.name).fetchone()
        if stands is not None:
            self._adopt(subject, stands[0], stands[0])
        found = self._ask(self._cursor, _FIND_NAME, subject.device, subject.name, telling.name)
        return [_telling(row) for row in found.fetchall()]

    def _span(self, subject: ToldOf, on: int, new: Sequence[Told]) -> list[Told]:
        """All words of that day, and of the days before and after that hang together with it about midnight."""
        low = high = on
        while True:
            self._adopt(subject, low - 1, high + 1)
            near = [one for one in new if low - 1 <= one.telling.on <= high + 1]
            words = [*self._load(subject, low - 1, high + 1), *near]
            if _is_linked(words, low - 1):
                low -= 1
            elif _is_linked(words, high):
                high += 1
            else:
                return [one for one in words if low <= one.telling.on <= high]

    def _load(self, subject: ToldOf, low: int, high: int) -> list[Told]:
        rows = self._ask(self._cursor, _LOAD, subject.device, subject.name, low, high).fetchall()
        words = [(row, json.loads(row[6])) for row in rows]
        says = subject.kind.says
        return [Told(telling=_telling(row, says(said)), said=said, fact=row[7]) for row, said in words]

    def _adopt(self, subject: ToldOf, low: int, high: int) -> None:
        """Write down whose word the facts are that stood before words were kept apart."""
        if low > subject.apart_on:
            return
        kind, device = subject.kind, subject.device
        found = self._ask(self._cursor, kind.adopt, device, low, high, subject.name, device, subject.name)
        for fact, publisher, name, *values in found.fetchall():
            content = kind.read(values)
            at_us, on, is_day_only = values[:3]
            telling = Telling(
                told=0,
                publisher=subject.first if publisher is None else publisher,
                name=name,
                at_us=at_us,
                on=on,
                is_day_only=bool(is_day_only),
            )
            self._add(subject, Told(telling=telling, said=kind.said(content)), fact)

    def _settle(self, subject: ToldOf, words: Sequence[Told]) -> list[Change]:
        by_number = {one.telling.told: one for one in words}
        groups = [[by_number[one.told] for one in found] for found in group([one.telling for one in words])]
        facts = _assign(groups)
        members = {fact: {_number(one) for one in words if one.fact == fact} for fact in facts}
        changes = [
            self._write(subject, told, fact)
            for told, fact in zip(groups, facts, strict=True)
            if fact is None or members[fact] != {_number(one) for one in told}
        ]
        for fact in sorted({one.fact for one in words if one.fact is not None} - set(facts)):
            changes.append(Change(fact=fact, before=self._read(subject.kind, fact), after=None))
            self._ask(self._cursor, subject.kind.remove, fact)
        return changes

    def _write(self, subject: ToldOf, words: Sequence[Told], fact: int | None) -> Change:
        """Write one fact as its words make it, and of each word which fact it is about."""
        kind = subject.kind
        content = kind.read(kind.merge(words))
        founder = min(words, key=_number)
        before = None if fact is None else self._read(kind, fact)
        if fact is None:
            fact = self._found(subject, founder, tuple(content.values()))
        elif before != content:
            self._ask(self._cursor, kind.change, *content.values(), fact)
        for one in words:
            if one.fact is None:
                self._add(subject, one, fact)
            elif one.fact != fact:
                self._ask(self._cursor, _MOVE, fact, one.telling.told)
        return Change(fact=fact, before=before, after=content, record=founder.record)

    def _found(self, subject: ToldOf, word: Told, content: tuple[Any, ...]) -> int:
        """Add a fact. Where its first word founded another before, what tells facts apart is made up."""
        name = word.telling.name or ""
        for taken in range(TAKEN_MAX):
            founded = subject.kind.found(subject.device, subject.name, name, taken)
            row = self._ask(self._cursor, subject.kind.add, *founded, *content).fetchone()
            if row is not None:
                return int(row[0])
        raise AssertionError(f"{subject.kind.table} has {name} of device {subject.device} too often")

    def _read(self, kind: FactKind, fact: int) -> Content:
        return kind.read(self._ask(self._cursor, kind.load, fact).fetchone())

    def _add(self, subject: ToldOf, word: Told, fact: int) -> None:
        one = word.telling
        values = one.publisher, one.name, one.at_us, one.on, one.is_day_only, json.dumps(word.said), fact
        self._ask(self._cursor, _ADD, subject.device, subject.name, *values)


def _assign(groups: Sequence[Sequence[Told]]) -> list[int | None]:
    """For each group of words one fact that stands: the one told first among its own, else one that is left over."""
    taken: dict[int, int] = {}
    for place, words in enumerate(groups):
        own = [one.fact for one in sorted(words, key=_number) if one.fact is not None and one.fact not in taken]
        if own:
            taken[own[0]] = place
    spare = sorted({one.fact for words in groups for one in words if one.fact is not None} - set(taken))
    placed: dict[int, int] = {place: fact for fact, place in taken.items()}
    free: Iterable[int] = (place for place in range(len(groups)) if place not in placed)
    placed |= dict(zip(free, spare, strict=False))
    return [placed.get(place) for place in range(len(groups))]


def _number(word: Told) -> int:
    return word.telling.told


def _telling(row: Sequence[Any], says: str = "") -> Telling:
    told, publisher, name, at_us, on, is_day_only = row[:6]
    return Telling(
        told=told, publisher=publisher, name=name, at_us=at_us, on=on, is_day_only=bool(is_day_only), says=says
    )


def _is_linked(words: Sequence[Told], on: int) -> bool:
    """Whether a word of this day and one of the next lie so near that they may be about the same fact."""
    exact = [one.telling for one in words if not one.telling.is_day_only]
    before = max((one.at_us for one in exact if one.on == on), default=None)
    after = min((one.at_us for one in exact if one.on == on + 1), default=None)
    return before is not None and after is not None and after - before <= APART_US
