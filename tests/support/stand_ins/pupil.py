"""Names that stand in every corner of a device somebody lives with, and a search for them in what its sources tell."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args

from rollcall_agent.sources.source import Told
from rollcall_wire.codes import CODES, BootSource, Channel, Evidence, Platform, PreviousStop, StartKind, StopCause
from rollcall_wire.privacy import TEXTS

SECRETS = (
    "maria.mustermann",
    "Maria Mustermann",
    r"C:\Users\maria.mustermann\AppData\Local\Steam\steam-game.exe",
    "/Users/maria.mustermann/Library/steam-game",
    "steam-game.exe",
    "Home-WLAN-Mustermann",
    "52:54:00:aa:bb:cc",
    "192.168.17.4",
    "S-1-5-21-1004336348-1177238915-682003330-1001",
    "PC-OF-MARIA",
)
WORDS = {
    word
    for words in (BootSource, Channel, Evidence, Platform, PreviousStop, StartKind, StopCause)
    for word in get_args(words)
} | {code for codes in CODES.values() for code in codes} | {"boot", "failure", "inventory", "vitals"}  # fmt: skip
"""The words of the wire's closed lists."""


def leaks(told: Told) -> list[str]:
    """What of it holds a secret, or is text where none may be."""
    bodies = [told.boot, *told.more_boots, *told.failures, told.vitals, told.inventory]
    found = [text for body in bodies if body is not None for text in _misplaced(body)]
    said = [text for body in bodies if body is not None for _, text in _texts(body)]
    return found + [text for text in (*said, *told.missing) if any(one.lower() in text.lower() for one in _parts())]


def _parts() -> tuple[str, ...]:
    return (*SECRETS, "maria", "mustermann", "steam", "WLAN")


def _misplaced(body: Any) -> Iterator[str]:
    allowed = TEXTS[body.kind]
    yield from (f"{name}: {text}" for name, text in _texts(body) if name not in allowed and text not in WORDS)


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name), one.name)
    elif isinstance(value, dict):
        yield from (found for key, one in value.items() for found in (*_texts(key, name), *_texts(one, name)))
    elif isinstance(value, list | tuple | frozenset | set):
        yield from (found for one in value for found in _texts(one, name))
