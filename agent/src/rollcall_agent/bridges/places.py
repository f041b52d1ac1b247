"""Reads cart and slot out of what people wrote about a device elsewhere: a location, a tag, an organisational unit.

No service knows carts; schools write them into a free field, each in its own way. So the way is a file of patterns,
and what they make of the fleet is shown before anybody believes it.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from rollcall_agent.errors import ConfigError

FILE = "places.toml"
TEXT_MAX = 200
"""So much of a text is looked at: a pattern that searches clumsily must not hold the bridge up."""
_FORMULA = "=+-@\t "
"""A spreadsheet takes what begins like this for a formula: no cart is called so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """A device, and what people wrote about it: texts by the name of their field, such as `location`.

    The dates are the service's own word, where it knows them.
    """

    serial_number: str
    texts: Mapping[str, str]
    purchased_on: date | None = None
    warranty_until: date | None = None
    support_until: date | None = None

    @property
    def papers(self) -> tuple[date | None, date | None, date | None]:
        """When it was bought, until when it is covered, and until when it is supported."""
        return self.purchased_on, self.warranty_until, self.support_until


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacePattern:
    """Where to look, and for what: its groups are named `site`, `cart` and `slot`."""

    field: str
    match: re.Pattern[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a device stands, as far as its texts say."""

    site: str | None = None
    cart: str | None = None
    slot: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """What the patterns make of a fleet. `crowded` are slots that several devices claim: they keep the cart alone."""

    placed: tuple[tuple[Labelled, Place], ...]
    unmatched: tuple[Labelled, ...]
    crowded: Mapping[Place, tuple[str, ...]]


GROUPS = tuple(one.name for one in fields(Place))


def read_patterns(path: Path, known_fields: Collection[str]) -> tuple[PlacePattern, ...]:
    """The patterns of a file, in its order; none where there is no file. Raises ConfigError that names the entry."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = read.get("pattern", [])
        return tuple(_pattern(entry, known_fields) for entry in entries)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, AttributeError, LookupError, re.error) as error:
        raise ConfigError(f"{path} cannot be used ({error}): see the README for an example") from error


def find_place(device: Labelled, patterns: Iterable[PlacePattern]) -> Place:
    """Every pattern that matches fills what those before it left open."""
    place = Place()
    for pattern in patterns:
        found = pattern.match.search(device.texts.get(pattern.field, "")[:TEXT_MAX])
        if found is not None:
            told = {name: _clean(text) for name, text in found.groupdict().items()}
            place = replace(place, **{name: text for name, text in told.items() if getattr(place, name) is None})
    return place


def rehearse(devices: Iterable[Labelled], patterns: Sequence[PlacePattern]) -> Rehearsal:
    """What would become of these devices. One without a cart is unmatched, whatever else is known of it."""
    found = [(device, find_place(device, patterns)) for device in devices]
    claims: dict[Place, list[str]] = defaultdict(list)
    for device, place in found:
        if place.cart is not None and place.slot is not None:
            claims[_folded(place)].append(device.serial_number)
    crowded = {place: tuple(serials) for place, serials in claims.items() if len(serials) > 1}
    return Rehearsal(
        placed=tuple(
            (device, replace(place, slot=None) if _folded(place) in crowded else place)
            for device, place in found
            if place.cart is not None
        ),
        unmatched=tuple(device for device, place in found if place.cart is None),
        crowded=crowded,
    )


def _pattern(entry: Mapping[str, str], known_fields: Collection[str]) -> PlacePattern:
    if entry["field"] not in known_fields:
        raise ValueError(f"there is no field '{entry['field']}': there are {', '.join(sorted(known_fields))}")
    match = re.compile(entry["match"])
    if not match.groupindex or not set(match.groupindex) <= set(GROUPS):
        raise ValueError(f"'{entry['match']}' needs groups named (?P<cart>…), (?P<slot>…) or (?P<site>…)")
    return PlacePattern(field=entry["field"], match=match)


def _clean(text: str | None) -> str | None:
    return " ".join((text or "").split()).lstrip(_FORMULA) or None


def _folded(place: Place) -> Place:
    """`Cart B` and `cart b` are one cart, slots 4 and 04 one slot."""
    slot = place.slot and (place.slot.lstrip("0") or "0")
    return Place(site=place.site and place.site.casefold(), cart=place.cart and place.cart.casefold(), slot=slot)
