"""What became of a message once it was read: reports to keep, reports refused, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from rollcall_collector.store.publishers.registry import DeviceEntry
from rollcall_wire import Report
from rollcall_wire.codes import Refusal, Remark

Accepted: TypeAlias = tuple[Report, DeviceEntry, int, int]
"""A report, the device it is about, and in microseconds when it was recorded and when what it tells happened.

A plain tuple: at tens of thousands a second a class of its own would cost as much as a tenth of the validation.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedReport:
    """One report, or a whole unreadable message, and why it is not kept: a reason and a sentence about it."""

    seq: int | None
    reason: Refusal
    detail: str
    payload: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """A field that was left out of a report that is kept, and a sentence about it."""

    seq: int
    field: str
    detail: str
    payload: bytes
    reason: Remark = "out_of_range"


class Checked(NamedTuple):
    """A message of one publisher, as a tuple for speed.

    `unreadable` names what cannot be numbered by its CRC-32, as the ack will. `noted` is about accepted reports.
    `follows` is the epoch before this one in the same outbox, `first_seq` this one's first number; None where the
    message says neither.
    """

    epoch: str | None
    accepted: Sequence[Accepted]
    refused: Sequence[RefusedReport]
    unreadable: tuple[tuple[str, Refusal], ...] = ()
    noted: Sequence[Noted] = ()
    follows: str | None = None
    first_seq: int | None = None
