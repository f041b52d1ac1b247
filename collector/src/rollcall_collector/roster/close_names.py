"""Notices a new site whose name is nearly that of another: more often a slip of the pen than a second school."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from rollcall_collector.store.device_names import is_swapped

_LETTERS_MIN = 4  # of a word: School A and School B are two schools
_ALIKE = 0.8
_NAMES_MAX = 50  # a list of so many new sites has another trouble


def say_twins(new: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    """A remark for each new name that is close to one that is known or also new."""
    for name, twin in find_twins(new, known):
        yield f"'{name}' is a new site beside '{twin}': if they are one school, mend the list first"


def find_twins(new: Sequence[str], known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each new name that is close to one that is known or also new, with that one."""
    for place, name in enumerate(new[:_NAMES_MAX]):
        twin = find_twin(name, (*known, *new[:place]))
        if twin is not None:
            yield name, twin


def find_twin(name: str, known: Iterable[str]) -> str | None:
    """The known name that this new one is close to; None for a known name, and where none is close."""
    others = tuple(known)
    return None if name in others else next((other for other in others if is_close(name, other)), None)


def is_close(name: str, other: str) -> bool:
    """Whether two names differ only by case, spaces, or a few letters inside longer words."""
    mine, theirs = name.casefold().split(), other.casefold().split()
    if "".join(mine) == "".join(theirs):
        return True
    if len(mine) != len(theirs):
        return False
    pairs = [(one, two) for one, two in zip(mine, theirs, strict=True) if one != two]
    return all(
        min(len(one), len(two)) >= _LETTERS_MIN
        and (SequenceMatcher(None, one, two).ratio() > _ALIKE or is_swapped(one, two))
        for one, two in pairs
    )
