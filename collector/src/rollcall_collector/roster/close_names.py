"""Notices a new site whose name is nearly that of another: more often a slip of the pen than a second school."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

_LETTERS_MIN = 4  # of a word: School A and School B are two schools
_ALIKE = 0.8
_NAMES_MAX = 50  # a list of so many new sites has another trouble


def say_twins(new: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    """A remark for each new name that is close to one that is known or also new."""
    for place, name in enumerate(new[:_NAMES_MAX]):
        twin = next((other for other in (*known, *new[:place]) if is_close(name, other)), None)
        if twin is not None:
            yield f"'{name}' is a new site beside '{twin}': if they are one school, mend the list first"


def is_close(name: str, other: str) -> bool:
    """Whether two names differ only by case, spaces, or a few letters inside longer words."""
    mine, theirs = name.casefold().split(), other.casefold().split()
    if "".join(mine) == "".join(theirs):
        return True
    if len(mine) != len(theirs):
        return False
    pairs = [(one, two) for one, two in zip(mine, theirs, strict=True) if one != two]
    return all(
        min(len(one), len(two)) >= _LETTERS_MIN and SequenceMatcher(None, one, two).ratio() > _ALIKE
        for one, two in pairs
    )
