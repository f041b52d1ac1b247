"""What Apple's model identifiers are called by people: `iPad12,1` is an iPad (9th generation)."""

from collections.abc import Iterator

_NAMES = """
2,5-7 mini|4,1-3 Air|4,4-6 mini 2|4,7-9 mini 3|5,1-2 mini 4|5,3-4 Air 2|6,3-4 Pro 9.7-inch|6,7-8 Pro 12.9-inch
6,11-12 (5th generation)|7,1-2 Pro 12.9-inch (2nd generation)|7,3-4 Pro 10.5-inch|7,5-6 (6th generation)
7,11-12 (7th generation)|8,1-4 Pro 11-inch|8,5-8 Pro 12.9-inch (3rd generation)|8,9-10 Pro 11-inch (2nd generation)
8,11-12 Pro 12.9-inch (4th generation)|11,1-2 mini (5th generation)|11,3-4 Air (3rd generation)
11,6-7 (8th generation)|12,1-2 (9th generation)|13,1-2 Air (4th generation)|13,4-7 Pro 11-inch (3rd generation)
13,8-11 Pro 12.9-inch (5th generation)|13,16-17 Air (5th generation)|13,18-19 (10th generation)
14,1-2 mini (6th generation)|14,3-4 Pro 11-inch (4th generation)|14,5-6 Pro 12.9-inch (6th generation)
14,8-9 Air 11-inch (M2)|14,10-11 Air 13-inch (M2)|15,3-4 Air 11-inch (M3)|15,5-6 Air 13-inch (M3)|15,7-8 (A16)
16,1-2 mini (A17 Pro)|16,3-4 Pro 11-inch (M4)|16,5-6 Pro 13-inch (M4)
"""


def model_name(identifier: str | None) -> str | None:
    """The name people know; an identifier that is not listed, as it is."""
    return identifier if identifier is None else _BY_IDENTIFIER.get(identifier, identifier)


def _read(names: str) -> Iterator[tuple[str, str]]:
    for line in names.replace("\n", "|").split("|"):
        if line:
            numbers, _, name = line.partition(" ")
            family, _, models = numbers.partition(",")
            first, _, last = models.partition("-")
            for model in range(int(first), int(last or first) + 1):
                yield f"iPad{family},{model}", f"iPad {name}"


_BY_IDENTIFIER = dict(_read(_NAMES))
