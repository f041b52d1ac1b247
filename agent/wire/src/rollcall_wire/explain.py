"""Lists every field a device can send, in plain words: read from the reports themselves, so it cannot drift."""

from dataclasses import dataclass, fields
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from annotated_types import DocInfo

_STRUCTURE = frozenset({"kind", "body"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field of a report: its name on the wire, what it says, and whether it may be missing."""

    name: str
    words: str
    is_optional: bool


def fields_of(kind: type[Any]) -> tuple[Field, ...]:
    """Every field of a report kind, or of `Report` itself, in the order of the wire.

    `kind` and `body` only say which class stands there and are left out. `is_optional` is true where the value may be
    None: not measured, and then not sent.
    """
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        Field(name=one.name, words=_words(hints[one.name]), is_optional=_is_optional(hints[one.name]))
        for one in fields(kind)
        if one.name not in _STRUCTURE
    )


def name_of(kind: type[Any]) -> str:
    """The kind's name on the wire, such as 'boot' or 'vitals'."""
    return next(str(one.default) for one in fields(kind) if one.name == "kind")


def summary_of(kind: type[Any]) -> str:
    """What this kind of report is, in one sentence."""
    return (kind.__doc__ or "").strip().partition("\n")[0]


def _words(hint: Any) -> str:
    said = (one.documentation for one in get_args(hint)[1:] if isinstance(one, DocInfo))
    return next(said, "") if get_origin(hint) is Annotated else ""


def _is_optional(hint: Any) -> bool:
    inner = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return NoneType in get_args(inner)
