"""Knows a slip of the finger: one letter wrong, missing or too many, or two neighbours that changed places."""


def is_slip(word: str, other: str) -> bool:
    """Whether these differ, and by no more than one slip, whatever the case of their letters."""
    mine, its = word.casefold(), other.casefold()
    if mine == its or abs(len(mine) - len(its)) > 1:
        return False
    first = next((place for place, pair in enumerate(zip(mine, its, strict=False)) if pair[0] != pair[1]), None)
    if first is None:
        return True
    rests = ((first + 1, first + 1), (first + 1, first), (first, first + 1))
    return any(mine[one:] == its[two:] for one, two in rests) or is_swapped(mine, its)


def is_swapped(word: str, other: str) -> bool:
    """Whether two neighbouring letters changed places."""
    places = [place for place, (mine, its) in enumerate(zip(word, other, strict=False)) if mine != its]
    if len(word) != len(other) or len(places) != 2 or places[1] != places[0] + 1:  # noqa: PLR2004  # a pair
        return False
    first, second = places
    return word[first] == other[second] and word[second] == other[first]
