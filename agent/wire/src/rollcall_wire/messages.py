"""What travels on MQTT: batches of reports one way; acknowledgements and settings the other."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le, MaxLen, MinLen, Predicate

from rollcall_wire.codes import Refusal
from rollcall_wire.reports import Id, Report, Text

MESSAGE_BYTES_MAX = 65_536
"""A message is at most this large, as bytes on the wire."""
WINDOW_MESSAGES = 20
"""A publisher has at most this many messages without an ack."""
REPORTS_MAX = 500
"""A message carries at most this many reports."""

Epoch = Annotated[str, MinLen(8), MaxLen(32)]
KnownEpoch = Annotated[Epoch, Predicate(str.isprintable)]
Seq = Annotated[int, Ge(1), Le(2**53)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A batch of reports from one publisher's outbox, all numbered by one run of the publisher: its epoch.

    `follows` is the epoch that numbered before it in the same outbox, `first_seq` where this one took over; both are
    missing where the outbox began with this epoch. Two epochs that follow the same one: the outbox was set back to an
    older copy, or copied.
    """

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    publisher: Id
    epoch: Epoch
    follows: KnownEpoch | None = None
    first_seq: Seq | None = None
    sent_at: datetime
    reports: Annotated[tuple[Report, ...], MinLen(1), MaxLen(REPORTS_MAX)]


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """Whether a publisher is there. Retained; `lost` is its last will.

    `session` grows by one with each connection, so that a late will of an older session is known as such. With
    `ready` a publisher says what continuity is judged by: the epoch under which this very run numbers its reports, and
    the highest number it has given. The collector answers with an ack of all it kept of that epoch where this is more,
    or where another run speaks under this name in turn; silence means that all is well.
    """

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    state: Literal["ready", "sleeping", "disconnected", "lost"]
    session: Annotated[int, Ge(1), Le(2**53)]
    epoch: KnownEpoch | None = None
    newest: Annotated[int, Ge(0), Le(2**53)] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ack:
    """The collector's word that reports are kept (inclusive ranges of seq) or refused (seq and reason).

    `unreadable` names messages whose reports could not even be numbered: the CRC-32 of the payload in eight hex
    digits, and the reason. `now` is the collector's clock; `credit` the messages a second this publisher may send.
    `is_shared` says that another agent speaks under this name in turn: one of the two was copied from the other.
    """

    epoch: Epoch
    kept: tuple[tuple[int, int], ...]
    refused: tuple[tuple[int, Refusal], ...]
    unreadable: tuple[tuple[str, Refusal], ...] = ()
    now: datetime
    credit: float
    is_shared: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolHours:
    """When instants may be exact: ISO weekdays (1 = Monday) and minutes after midnight in an IANA zone."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    zone: Text
    days: Annotated[tuple[Annotated[int, Ge(1), Le(7)], ...], MaxLen(7)] = (1, 2, 3, 4, 5)
    opens_minute: Annotated[int, Ge(0), Le(1440)] = 7 * 60
    closes_minute: Annotated[int, Ge(0), Le(1440)] = 17 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the collector asks of a publisher. Retained. Unknown fields are ignored by readers.

    `send_again` is a random word: a publisher that has not yet followed it states everything it knows anew.
    """

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    vitals_minutes: Annotated[int, Ge(1), Le(1440)] = 60
    school_hours: SchoolHours | None = None
    send_again: Text | None = None
