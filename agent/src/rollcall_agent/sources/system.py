"""What a system is to the agent, beside its facts: who the device is, which start this is, where its state stands."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rollcall_agent.sources.programs import Run
from rollcall_agent.sources.source import Host, Moment, Recall, Source, nothing_remembered
from rollcall_wire.codes import Platform
from rollcall_wire.reports import Inventory

SignOfLife = Callable[[], None]
"""Tells the service manager that the agent lives: one that hangs is started again. Raises and awaits nothing."""


class Calls(Protocol):
    """What a service manager asks of a resident agent, from threads of its own."""

    def ask_to_stop(self, *, is_system_stopping: bool) -> None:
        """End, and note whether the whole system goes down."""

    def ask_to_look(self, *, within: float) -> None:
        """Look and keep what is there now; returns once that is done, or after so many seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemService:
    """How a system whose service manager has to be spoken to starts the agent. Errors are ServiceError.

    `install` is given the program with its arguments, and starts it; installing again is an upgrade. `serve` lives
    between the service manager and the agent, and returns when the agent's own run has.
    """

    install: Callable[[Sequence[str]], None]
    uninstall: Callable[[], None]
    serve: Callable[[Calls, Callable[[], None]], None]


def _nobody_waits(_environ: Mapping[str, str]) -> None:
    return None


def nothing_to_let_go() -> None:
    """Where memory that is let go of would be of no use to anybody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """One system that the agent runs on; there is one value a system, and nothing else in the agent names it.

    `hardware` recognises this very device: hashes by what they were taken from, the surest first, never empty.
    `boot_id` is the name under which this start is reported; `raw_boot_id`, the system's own, stays on the device.
    `default_state` and `is_supervised` are given the environment: where the state stands unless it is named, and
    whether something starts the agent again when it dies. `shared_state` is where an agent that runs for the whole
    device keeps it, whoever asks. `hold` keeps a state folder for one agent alone; it raises ConfigError where another
    has it. `sign_of_life` is given the environment, and is None where the service manager waits for no such sign.
    `service` is None where the system starts programs by files that say how. `let_go` comes before a long sleep, and
    gives back memory that the system can do something with; it raises nothing.
    """

    platform: Platform
    sources: tuple[Source[Any], ...]
    run: Run
    moment: Callable[[], Moment]
    hardware: Callable[[Host], Mapping[str, str]]
    boot_id: Callable[[Host], str]
    raw_boot_id: Callable[[Host], str]
    inventory: Callable[[Host], Inventory]
    is_stopping: Callable[[Host], bool]
    default_state: Callable[[Mapping[str, str]], Path]
    shared_state: Path
    is_supervised: Callable[[Mapping[str, str]], bool]
    hold: Callable[[Path], AbstractContextManager[None]]
    service: SystemService | None = None
    sign_of_life: Callable[[Mapping[str, str]], SignOfLife | None] = _nobody_waits
    let_go: Callable[[], None] = nothing_to_let_go

    def host(self, recall: Recall = nothing_remembered) -> Host:
        """This device as its sources read it."""
        return Host(run=self.run, recall=recall)

    def is_same_device(self, host: Host, known: Mapping[str, str]) -> bool:
        """Whether an identity was given to this device: the surest basis decides that was known then and can be read.

        A firmware id may be shared by boards on nobody's list: a serial number that differs speaks against it. Where
        there is nothing to compare, it is taken as the same.
        """
        now = self.hardware(host)
        bases = [basis for basis in now if basis in known]
        deciding = {*bases[:1], *(basis for basis in bases if basis == "serial")}
        return all(now[basis] == known[basis] for basis in deciding)
