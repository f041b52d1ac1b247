"""Tells which starts or failures that several publishers told of one device are the same, so that each counts once.

Two publishers' words are one fact where their instants lie at most two minutes apart, or on the same day where one of
them is only a day, or where they bear the same name. Two words of one publisher are two facts, however close. As many
words as possible find a partner, so the number of facts does not depend on who was heard first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

APART_US = 120_000_000
"""So far apart two publishers' words about one fact may lie: clocks, roundings, a boot's instant told to a second."""
SEARCHED_MAX = 400
"""Where more words hang together, partners are taken in their order in time, without a search."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """One publisher's word about one start or failure. `told` numbers words in the order in which they came.

    `says` is what partners rather agree on: how the run before a start ended, how often something failed.
    """

    told: int
    publisher: int
    name: str | None
    at_us: int
    on: int
    is_day_only: bool
    says: str = ""


Group: TypeAlias = list[Telling]
"""Words about one and the same fact, at most one of each publisher."""
Edge: TypeAlias = Callable[[Telling, Telling], bool]


def is_same(one: Telling, other: Telling) -> bool:
    """Whether the words of two publishers may be about the same fact."""
    return (one.name is not None and one.name == other.name) or _is_near(one, other)


def group(tellings: Sequence[Telling]) -> list[Group]:
    """The facts behind these words, the earliest first. With two publishers there are as few as there can be."""
    ordered = sorted(tellings, key=lambda one: (one.at_us, one.is_day_only, one.publisher, one.name or "", one.told))
    groups = _by_name(ordered)
    for publisher in sorted({one.publisher for one in ordered}):
        grouped = {one.told for found in groups for one in found}
        words = [one for one in ordered if one.publisher == publisher and one.told not in grouped]
        others = [found for found in groups if all(one.publisher != publisher for one in found)]
        groups += [[one] for one in _join(words, others)]
    return sorted(groups, key=lambda found: min((one.at_us, one.told) for one in found))


def _by_name(tellings: Sequence[Telling]) -> list[Group]:
    named: dict[str, Group] = {}
    for one in tellings:
        if one.name is not None:
            named.setdefault(one.name, []).append(one)
    return [found for found in named.values() if len(found) > 1]


def _join(words: Sequence[Telling], groups: Sequence[Group]) -> list[Telling]:
    """Give as many words as possible a group each, the likeliest first. Returns those that get none."""
    search = _Search(words, groups)
    if len(words) + len(groups) > SEARCHED_MAX:
        search.taken = {place: place for place in range(min(len(words), len(groups)))}
    else:
        for is_edge in (_agree(_is_exactly_near), _is_exactly_near, _agree(_is_near), _is_near):
            search.run(is_edge)  # the last leads wherever the others do: nobody is left who could have a partner
    for found, place in search.taken.items():
        groups[found].append(words[place])
    return [word for place, word in enumerate(words) if place not in search.taken.values()]


class _Search:
    """Finds a group for each word where there is one. `taken`: which group has which word, both by their places."""

    def __init__(self, words: Sequence[Telling], groups: Sequence[Group]) -> None:
        self.taken: dict[int, int] = {}
        self._words = words
        self._groups = groups

    def run(self, is_edge: Edge) -> None:
        """Give a group to each word that has none yet, as far as these edges lead."""
        for place in range(len(self._words)):
            if place not in self.taken.values():
                self._find(place, is_edge, set())

    def _find(self, place: int, is_edge: Edge, tried: set[int]) -> bool:
        """A group for this word, moving earlier words on to others where that makes room (an augmenting path)."""
        for found, members in enumerate(self._groups):
            if found in tried or not any(is_edge(self._words[place], one) for one in members):
                continue
            tried.add(found)
            if found not in self.taken or self._find(self.taken[found], is_edge, tried):
                self.taken[found] = place
                return True
        return False


def _agree(is_edge: Edge) -> Edge:
    return lambda one, other: one.says == other.says and is_edge(one, other)


def _is_exactly_near(one: Telling, other: Telling) -> bool:
    return not (one.is_day_only or other.is_day_only) and _is_near(one, other)


def _is_near(one: Telling, other: Telling) -> bool:
    if one.is_day_only or other.is_day_only:
        return one.on == other.on
    return abs(one.at_us - other.at_us) <= APART_US
