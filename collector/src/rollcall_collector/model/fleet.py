"""What judging the whole fleet reads, as columns of numbers: devices, months in use, failures, starts."""

from array import array
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TypeVar

WINDOW_DAYS = 730
"""How far back a device's record is read."""
BIN_DAYS = 30
"""A month of the record: expected counts are kept by such bins."""
UNKNOWN = -1
"""Stands for a day or a year that nobody wrote down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceColumns:
    """One entry a device there ever was, by key; retired ones are peers too. Days are days since 1970-01-01."""

    key: "array[int]"
    platform: tuple[str, ...]
    model: tuple[str, ...]
    role: tuple[str, ...]
    purchase_year: "array[int]"
    enrolled_on: "array[int]"
    retired_on: "array[int]"
    site: tuple[str, ...] = ()
    """Its school; empty where no schools are told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthColumns:
    """One entry a device and month (bin) in which it was heard; `device` is a place in the device columns.

    Bin 0 is the latest. `health` is full charge over design, the mean of the month's days; `full_wh` the mean full
    charge; `drain_watts` the mean drain on days of real use, as if each day began with a full battery. NaN: not known.
    """

    device: "array[int]"
    bin: "array[int]"
    active_days: "array[int]"
    first_on: "array[int]"
    last_on: "array[int]"
    health: "array[float]"
    full_wh: "array[float]"
    drain_watts: "array[float]"
    awake_hours: "array[float]" = field(default_factory=lambda: array("d"))
    """Hours awake on a day, the mean of those told; NaN: not told. Empty where nothing asks for them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureColumns:
    """One entry a failure report; `channel` is a place in rollcall_wire.codes.CHANNELS."""

    device: "array[int]"
    channel: "array[int]"
    on: "array[int]"
    at_us: "array[int]"
    count: "array[int]"


@dataclass(frozen=True, kw_only=True, slots=True)
class StartColumns:
    """One entry a start, by device, each device's in the order of time. `is_fast`: a fast start of a PC.

    `version` is a place in `versions` (-1: not told), `seconds` to the login screen NaN where it was not measured; a
    resume is no start. There are millions of them: the columns are as narrow as what they hold (`on` until 2059).
    """

    device: "array[int]"
    on: "array[int]"
    seconds: "array[float]"
    version: "array[int]"
    is_fast: "array[int]"
    versions: tuple[str, ...]


_Facts = TypeVar("_Facts", MonthColumns, FailureColumns, StartColumns)


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetHistory:
    """Everything the fleet's judging looks at: days before `until_day` (excluded), `window_days` of them."""

    until_day: int
    window_days: int
    bin_days: int
    devices: DeviceColumns
    months: MonthColumns
    failures: FailureColumns
    starts: StartColumns

    def digest(self) -> str:
        """A fingerprint of all inputs (SHA-256, hex): the same history gives the same one on every machine."""
        found = sha256(f"{self.until_day}/{self.window_days}/{self.bin_days}".encode())
        for columns in (self.devices, self.months, self.failures, self.starts):
            for name in columns.__slots__:
                value = getattr(columns, name)
                found.update(name.encode())
                found.update("\0".join(value).encode() if isinstance(value, tuple) else memoryview(value))
        return found.hexdigest()

    def without_starts(self) -> "FleetHistory":
        """The same without its single starts, which are half of it: for who has judged them."""
        return replace(self, starts=replace(_nothing(self.starts), versions=self.starts.versions))

    def without_facts(self) -> "FleetHistory":
        """Its devices alone: days and starts are millions, and who has judged them needs them no more."""
        return replace(
            self, months=_nothing(self.months), failures=_nothing(self.failures), starts=_nothing(self.starts)
        )


def _nothing(facts: _Facts) -> _Facts:
    return replace(facts, **{name: getattr(facts, name)[:0] for name in facts.__slots__})
