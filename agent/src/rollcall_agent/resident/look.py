"""Asks the sources that are due, and makes of what they tell the reports of one look."""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Host, Past, Rhythm, Source, Told
from rollcall_wire import Body, Inventory, Vitals
from rollcall_wire.encoding import encode

log = logging.getLogger("rollcall.look")

INVENTORY_DAYS = 30
_BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What a source may raise on a device that nobody has seen yet: the others must not suffer for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The bodies to report, the marks to remember with them, and whether this start is known now."""

    bodies: tuple[Body, ...]
    marks: Mapping[str, str]
    is_boot_known: bool


@dataclass(slots=True)
class Lookout:
    """The sources of this device. It remembers between looks which of them work and what they lack."""

    sources: Sequence[Source[Any]]
    works: dict[str, bool] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def look(self, host: Host, past: Past, rhythms: frozenset[Rhythm]) -> Look:
        """Ask what is due. The inventory is told after a change, once a month, and when asked anew."""
        told = {one.name: self._ask(one, host, past) for one in self.sources if one.rhythm in rhythms}
        marks = {name: one.mark for name, one in told.items() if one.mark is not None}
        bodies: list[Body] = [boot for one in told.values() for boot in one.more_boots]
        bodies += [one.boot for one in told.values() if one.boot is not None]
        for stated in [one.inventory for one in told.values() if one.inventory is not None]:
            inventory = self._complete(stated)
            if is_inventory_due(inventory, past):
                bodies.append(inventory)
                marks["inventory"] = marking(digest=digest_of(inventory), at=past.moment.now.timestamp())
        bodies += [failure for one in told.values() for failure in one.failures]
        if "vitals" in rhythms:
            bodies.append(merged(one.vitals for one in told.values() if one.vitals is not None))
        return Look(bodies=tuple(bodies), marks=marks, is_boot_known=not any(one.is_later for one in told.values()))

    def _ask(self, source: Source[Any], host: Host, past: Past) -> Told:
        try:
            told = source.look(host, past)
        except _BROKEN:
            if source.name not in self.broken:
                log.exception("source.failed name=%s", source.name)
            self.broken.add(source.name)
            told = Told(missing=(f"{source.name}: could not be read on this device",))
        self.works[source.name] = told.has_found
        self.missing[source.name] = told.missing
        return told

    def _complete(self, inventory: Inventory) -> Inventory:
        return replace(
            inventory,
            sources=tuple(name for name, works in self.works.items() if works),
            permissions_missing=tuple(lack for lacks in self.missing.values() for lack in lacks),
        )


def merged(parts: Iterable[Vitals]) -> Vitals:
    """One report of the parts that several sources know; what none knows stays not measured."""
    known = {
        one.name: value
        for part in parts
        for one in fields(part)
        if one.name != "kind" and (value := getattr(part, one.name)) is not None
    }
    return Vitals(**known)


def digest_of(inventory: Inventory) -> str:
    """A short word that changes when the inventory does."""
    return hashlib.sha256(encode(inventory)).hexdigest()[:16]


def is_inventory_due(inventory: Inventory, past: Past) -> bool:
    """Whether it is news, a month old, or asked for."""
    mark = marked(past.recall("inventory"))
    told_at = datetime.fromtimestamp(mark.get("at", 0), tz=past.moment.now.tzinfo)
    is_old = abs((past.moment.now - told_at).days) >= INVENTORY_DAYS
    return past.is_asked_anew or is_old or mark.get("digest") != digest_of(inventory)
