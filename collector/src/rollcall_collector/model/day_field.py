"""How one number of a device's day is made of the day's reports: added, or the highest or lowest of them kept."""

from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, Literal, get_args, get_type_hints

Way = Literal["sum", "highest", "lowest"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RollUp:
    """Stands beside a field of a day in its `Annotated` type.

    `vitals` names the field of the wire's vitals that it comes from; without one it is counted from other reports.
    A reading is forgotten when it is old, the rest of the day stays. `is_small`: the database gives it four bytes.
    """

    way: Way
    vitals: str | None = None
    is_reading: bool = False
    is_small: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class DayField:
    """One field of a day: its name, its type, whether it may be unknown, and how it adds up."""

    name: str
    type: type[int | float]
    is_optional: bool
    roll_up: RollUp

    @property
    def empty(self) -> int | None:
        """What a day without any report has: a count begins at none, everything else is not known."""
        return None if self.is_optional else 0


def day_fields_of(day: type[Any]) -> tuple[DayField, ...]:
    """The fields of this dataclass that bear a `RollUp`, in their order, those from vitals after all others."""
    hints = get_type_hints(day, include_extras=True)
    named = [one.name for one in fields(day) if hasattr(hints[one.name], "__metadata__")]
    return tuple(sorted((_field(name, *get_args(hints[name])) for name in named), key=_is_from_vitals))


def _is_from_vitals(field: DayField) -> bool:
    return field.roll_up.vitals is not None


def _field(name: str, kind: Any, roll_up: RollUp) -> DayField:
    kinds = get_args(kind) or (kind,)
    return DayField(
        name=name,
        type=next(one for one in kinds if one is not NoneType),
        is_optional=NoneType in kinds,
        roll_up=roll_up,
    )
