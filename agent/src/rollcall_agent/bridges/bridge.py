"""What a bridge is: it asks a service that knows many devices, and says what that means as plain facts of each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rollcall_agent.bridges.places import Labelled
from rollcall_agent.checks import Check
from rollcall_agent.enrollment.known_devices import BridgedDevice
from rollcall_wire import Boot, Failure, Vitals
from rollcall_wire.codes import Platform

NOT_UNDERSTOOD = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What a bridge may raise on an answer that nobody has seen yet: the agent must not die of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Poll:
    """What a bridge may lean on when it asks its service: the present, what it remembered, and its own folder.

    `folder` is where a technician puts the service's key. `is_asked_anew` is true where everything known is to be
    stated again, told before or not.
    """

    now: datetime
    recall: Callable[[str], str | None]
    folder: Path
    is_asked_anew: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldOfDevice:
    """What the service says of one device now. Its inventory is reported when it changes; `bodies` always.

    `is_heard`: the device itself was heard; where there is nothing else to tell of it, its inventory says so again.
    `observed_at` is the service's own instant; None: just now.
    `marks` are what the bridge wants to remember, by name; they are kept in the same transaction as the reports, so
    that a cursor never runs ahead of what was read before it. What is told of a device that the collector refuses, one
    that was retired, is dropped as refused reports are; its marks are kept.
    """

    device: BridgedDevice
    bodies: tuple[Boot | Failure | Vitals, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    is_heard: bool = False
    observed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RollCall:
    """A device that somebody needs to know of now, and a word for its site."""

    serial_number: str
    site: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """What a bridge may lean on beside its rounds: for a service that speaks by itself, or may be asked in between.

    Everything may be called from any thread. `hurry`: something was heard, a round is due. `roll_call`: whom the
    collector wants asked, most urgent first; it raises OSError or EnrollmentError where the collector is not there.
    `trouble` writes an unforeseen error into the log.
    """

    folder: Path
    clock: Callable[[], datetime]
    hurry: Callable[[], None]
    roll_call: Callable[[], Sequence[RollCall]]
    trouble: Callable[[Exception], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bridge:
    """One service: its name on the command line, the platform of its devices, and how to ask it.

    `check` looks at the service's key and address in the bridge's folder and says what is wrong. `poll` yields device
    by device, so that a large district never stands in memory at once; it may raise OSError where the service is not
    there, ValueError or LookupError where its answer is not understood: it is asked again later; None for a service
    that knows nothing of how its devices are. `labels` yields what people wrote about each device there, with
    `place_fields` as names of the texts: cart and slot are read out of it. `attend` is entered while the bridge runs.
    """

    name: str
    platform: Platform
    check: Callable[[Path], Iterator[Check]]
    poll: Callable[[Poll], Iterator[ToldOfDevice]] | None
    labels: Callable[[Path], Iterator[Labelled]] | None = None
    place_fields: tuple[str, ...] = ()
    attend: Callable[[Attendance], AbstractContextManager[None]] | None = None
