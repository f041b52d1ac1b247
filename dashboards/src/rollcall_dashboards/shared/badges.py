"""Gives each verdict and each slot its letter, its colour and its word: never colour alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rollcall_collector.carts.readiness import LETTERS

Tone = Literal["good", "warn", "bad", "quiet"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """How a state looks: a letter in a colour, and its word.

    `fill` is solid for what needs somebody, a tint for what needs nobody, hollow for what is not there or not known.
    """

    letter: str
    tone: Tone
    word: str
    fill: Literal["solid", "tint", "hollow", "hollow dashed"] = "solid"


# A letter means one thing on all pages: N a new device, G its guarantee, P a part; R, C and X are a slot's.
_VERDICTS: Mapping[str, Face] = {
    "replace": Face(letter="N", tone="bad", word="Replace"),
    "claim": Face(letter="G", tone="bad", word="Claim"),
    "repair": Face(letter="P", tone="warn", word="Repair"),
    "refresh": Face(letter="F", tone="warn", word="Refresh"),
    "missing": Face(letter="M", tone="warn", word="Missing"),
    "watch": Face(letter="W", tone="warn", word="Watch"),
    "not_enough_evidence": Face(letter="?", tone="quiet", word="Not enough evidence"),
    "healthy": Face(letter="H", tone="good", word="Healthy"),
}
_SLOTS: Mapping[str, Face] = {
    "ready": Face(letter=LETTERS["ready"], tone="good", word="Ready", fill="tint"),
    "charging": Face(letter=LETTERS["charging"], tone="good", word="Charging", fill="hollow"),
    "low": Face(letter=LETTERS["low"], tone="warn", word="Low"),
    "in_use": Face(letter=LETTERS["in_use"], tone="quiet", word="In use", fill="tint"),
    "missing": Face(letter=LETTERS["missing"], tone="bad", word="Missing", fill="hollow dashed"),
    "out_of_service": Face(letter=LETTERS["out_of_service"], tone="bad", word="Out of service"),
    "said_broken": Face(letter=LETTERS["said_broken"], tone="bad", word="Said to be broken", fill="hollow"),
    "needs_unlocking": Face(letter=LETTERS["needs_unlocking"], tone="warn", word="Needs unlocking", fill="hollow"),
    "unknown": Face(letter=LETTERS["unknown"], tone="quiet", word="Not known", fill="hollow dashed"),
}


def verdict(name: str) -> Face:
    """The face of a verdict; one that these pages do not know yet is shown by its own word."""
    return _VERDICTS.get(name) or _unknown(name)


def slot(name: str) -> Face:
    """The face of a slot's state; one that these pages do not know yet is shown by its own word."""
    return _SLOTS.get(name) or _unknown(name)


def _unknown(name: str) -> Face:
    return Face(letter="?", tone="quiet", word=name.replace("_", " ").capitalize())
