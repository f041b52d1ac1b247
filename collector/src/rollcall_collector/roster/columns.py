"""Knows which column a heading means: `Serial Number`, `serial_number`, `S/N` and `N° de série` are one."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import get_args

from rollcall_collector.model.roster import Column
from rollcall_collector.roster.headings import DOUBTFUL, HEADINGS, MARKS, OFFERED, Mark

COLUMNS: tuple[Column, ...] = get_args(Column)
# GLPI puts the group before the heading: "Financial and administrative information - Date of purchase"
_GROUP = re.compile(r"^.*\b(?:administrati|financ|finanz|verwalt|beheer)\w*[^-]* - (?=\S)", re.IGNORECASE)
# "Device Model", "Gerätehersteller", "Modèle de l'appareil": all that a list speaks of is devices
_OF_DEVICES = re.compile(
    "^(?:mobile)?(?:device|computer|chromebook|laptop|notebook|tablet|ipad|equipment|hardware|machine|item|asset|unit"
    "|product|pc|gerate?)|(?:device|gerats?|appareil|dispositif|materiel|dispositivo|aparelho|apparecchio|apparaat)$"
)
# "date de fin de la garantie" and "date fin garantie" are one: no language tells two columns apart by these
_SMALL = re.compile(r"\b(?:(?:de|di|da|do|del|della|du|des|la|le|of|the|der|van|het)\b|(?:d|l|dell)['\u2019])")
_ASIDE = re.compile(r"\(.*?\)|\[.*?\]")
_LESS_SURE = 10


def plain(heading: str) -> str:
    """The heading without case, accents, small words, spaces and signs."""
    said = _SMALL.sub("", heading.casefold())
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", said))


_MEANING: dict[str, tuple[Column, int]] = {
    plain(word): (column, rank)
    for column, groups in HEADINGS.items()
    for rank, words in reversed(list(enumerate([(column,), *groups])))
    for word in words
}


def _by_word(words_of: Mapping[Column, Iterable[str]]) -> dict[str, Column]:
    return {plain(word): column for column, words in words_of.items() for word in words}


_DOUBTFUL, _OFFERED = _by_word(DOUBTFUL), _by_word(OFFERED)
_MARKS: dict[str, Mark] = {plain(word): mark for mark, words in MARKS.items() for word in words}


def ranked_meaning(heading: str) -> tuple[Column, int] | None:
    """The column a heading means, and how surely (0 is our own word for it); None for a foreign one.

    What is understood only without the word "device" is the least sure.
    """
    for form in _forms(heading):
        if form in _MEANING:
            return _MEANING[form]
    for form in _forms(heading):
        if (short := _OF_DEVICES.sub("", form)) in _MEANING:
            column, rank = _MEANING[short]
            return column, rank + _LESS_SURE
    return None


def meaning(heading: str) -> Column | None:
    """The column a heading means, whatever its case, accents, spaces and signs; None for a foreign one."""
    found = ranked_meaning(heading)
    return found[0] if found else None


def doubtful_meaning(heading: str) -> Column | None:
    """The column a heading may mean, if its cells agree."""
    return next((_DOUBTFUL[form] for form in _forms(heading) if form in _DOUBTFUL), None)


def offered_meaning(heading: str) -> Column | None:
    """The column a heading may mean, if a person says so."""
    return next((_OFFERED[form] for form in _forms(heading) if form in _OFFERED), None)


def mark(heading: str) -> Mark | None:
    """Whether the heading tells if a device is still in use."""
    return next((_MARKS[form] for form in _forms(heading) if form in _MARKS), None)


def _forms(heading: str) -> tuple[str, ...]:
    """The heading whole, then without what stands in brackets, then without GLPI's group."""
    return plain(heading), plain(_ASIDE.sub("", heading)), plain(_GROUP.sub("", heading))
