"""What a source is: it reads a little of its own device, and says what that means as plain facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Generic, Literal, TypeVar

from rollcall_agent.sources.programs import Run
from rollcall_wire.codes import Channel, Evidence
from rollcall_wire.ranges import believable
from rollcall_wire.reports import Boot, Failure, Inventory, Vitals

Reading = TypeVar("Reading")
Rhythm = Literal["boot", "vitals", "daily"]
"""How often a source is asked: until this start is known, at each vitals, or once a day."""


Recall = Callable[[str], str | None]
"""What a name was last remembered as: a cursor, a counter's last value. None where nothing is remembered."""


def nothing_remembered(_name: str) -> None:
    """The recall of a first look."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """Where a source reads: the root of the file system, and a way to run a program. Tests hand over a folder.

    `recall` is there for cursors alone, so that no window of a log is read twice.
    """

    run: Run
    root: Path = Path("/")
    recall: Recall = nothing_remembered

    def path(self, name: str) -> Path:
        """A path of the device, such as `sys/class/power_supply`, below the root."""
        return self.root / name


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """The three clocks at one instant: the wall's, seconds awake since start, seconds since start with sleep."""

    now: datetime
    awake_seconds: float
    since_boot_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What a source may lean on when it says what a reading means: the moment, this start, and remembered marks.

    `is_asked_anew` is true where everything known is to be stated again, told before or not.
    """

    moment: Moment
    boot_id: str
    recall: Recall
    is_asked_anew: bool = False

    def failure(
        self, channel: Channel, code: str, *, count: int = 1, evidence: Mapping[Evidence, float] | None = None
    ) -> Failure:
        """A failure noticed now, during this start."""
        return Failure(
            channel=channel,
            code=code,
            occurred_at=self.moment.now,
            count=min(count, 2**31),
            boot_id=self.boot_id,
            evidence={name: float(value) for name, value in (evidence or {}).items()},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What one source has to say after one look. Vitals and inventory are partial: other sources fill the rest.

    `mark` is what the source wants to remember; it is kept in the same transaction as the reports. `missing` says in
    plain words which permission is lacking. `is_later` asks to be asked again soon: the fact is not complete yet.
    `more_boots` are starts that a log holds beside this one: wake-ups, and those at which no agent ran.
    """

    boot: Boot | None = None
    more_boots: tuple[Boot, ...] = ()
    failures: tuple[Failure, ...] = ()
    vitals: Vitals | None = None
    inventory: Inventory | None = None
    mark: str | None = None
    missing: tuple[str, ...] = ()
    has_found: bool = False
    is_later: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(Generic[Reading]):
    """One source of facts: its name, when to ask it, what it needs, how it reads, and what a reading means.

    `read` touches the device and decides nothing; `tell` decides and touches nothing, so that recorded readings
    prove it without a device.
    """

    name: str
    rhythm: Rhythm
    needs: str
    read: Callable[[Host], Reading]
    tell: Callable[[Reading, Past], Told]

    def look(self, host: Host, past: Past) -> Told:
        """Read, then say what it means. What no device can have is not measured, whatever the source believed."""
        told = self.tell(self.read(host), past)
        return replace(
            told,
            boot=told.boot and believable(told.boot),
            more_boots=tuple(believable(one) for one in told.more_boots),
            vitals=told.vitals and believable(told.vitals),
            inventory=told.inventory and believable(told.inventory),
            failures=tuple(believable(one) for one in told.failures),
        )
