"""Leaves out of a report what cannot be: a number outside its range is not measured, and never costs the others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le, MaxLen, MinLen, Predicate

from rollcall_wire.reports import Body

Kind = TypeVar("Kind", bound=Body)
Limit = Ge | Le | MaxLen | MinLen | Predicate


def believable(body: Kind) -> Kind:
    """The body as it is, with every field that may be missing and is outside its range set to None: not measured.

    Entries of a failure's evidence are left out alike. The ranges are the annotations of the report itself. A field
    that may not be missing stays as it is: the collector refuses the report.
    """
    changes: dict[str, Any] = {**dict.fromkeys(out_of_range(body)), **_kept_entries(body)}
    return replace(body, **changes) if changes else body


def out_of_range(body: Body) -> tuple[str, ...]:
    """The fields that may be missing and hold what their annotations forbid."""
    kind: Any = type(body)
    return tuple(
        name
        for name, limits in _ranges(kind).optional.items()
        if (value := getattr(body, name)) is not None and not _is_within(value, limits)
    )


def may_be_missing(kind: Any) -> frozenset[str]:
    """The names of the fields of a report kind whose value may be None."""
    return frozenset(_ranges(kind).optional)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ranges:
    """The limits of a kind's fields that may be missing, and of the values in each field that is a mapping."""

    optional: Mapping[str, tuple[Limit, ...]]
    entries: Mapping[str, tuple[Limit, ...]]


@cache
def _ranges(kind: Any) -> _Ranges:
    hints = get_type_hints(kind, include_extras=True)
    named = {one.name: hints[one.name] for one in fields(kind)}
    return _Ranges(
        optional={name: tuple(_limits(hint)) for name, hint in named.items() if NoneType in get_args(_bare(hint))},
        entries={
            name: tuple(_limits(get_args(_bare(hint))[1]))
            for name, hint in named.items()
            if get_origin(_bare(hint)) is dict
        },
    )


def _kept_entries(body: Body) -> dict[str, Any]:
    kind: Any = type(body)
    changes = {}
    for name, limits in _ranges(kind).entries.items():
        entries: Mapping[Any, Any] = getattr(body, name)
        kept = {key: value for key, value in entries.items() if _is_within(value, limits)}
        if len(kept) < len(entries):
            changes[name] = kept
    return changes


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _limits(hint: Any) -> Iterator[Limit]:
    """Every limit of a hint, however its annotations are laid in each other."""
    if get_origin(hint) is Annotated:
        yield from (one for one in get_args(hint)[1:] if isinstance(one, Limit))
        yield from _limits(get_args(hint)[0])
    elif get_origin(hint) in {Union, UnionType}:
        for one in get_args(hint):
            yield from _limits(one)


def _is_within(value: Any, limits: tuple[Limit, ...]) -> bool:
    return all(_holds(value, limit) for limit in limits)


def _holds(value: Any, limit: Limit) -> bool:
    match limit:
        case Ge(ge=least):
            return bool(value >= least)
        case Le(le=most):
            return bool(value <= most)
        case MaxLen(max_length=longest):
            return len(value) <= longest
        case MinLen(min_length=shortest):
            return len(value) >= shortest
        case Predicate(func=allows):
            return bool(allows(value))
