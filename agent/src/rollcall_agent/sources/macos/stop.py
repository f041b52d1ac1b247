"""Works out how the run before this start ended: from panics, the accounting of starts, and Intel's own word."""

import re
from dataclasses import dataclass

from rollcall_agent.sources.source import Host
from rollcall_wire.codes import PreviousStop, StopCause

EMPTY_PERCENT = 5.0
CLEAN, BUTTON_HELD, POWER_LOST, OVERHEATED = 5, 3, 0, -3
"""What Intel Macs say of the shutdown before, undocumented by Apple. Other negative numbers are of the hardware; 1 and
7 are ordinary on some and tell nothing. Apple silicon says nothing at all."""
_CAUSE = re.compile(r"Previous shutdown cause: (-?\d{1,4})\b")
_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Accounts:
    """Who says what about the end of the run before. None is a witness that was not there."""

    has_panicked: bool = False
    was_shut_down: bool | None = None
    cause: int | None = None
    was_battery_empty: bool = False


def was_shut_down(output: str) -> bool | None:
    """From `last reboot shutdown`, newest first: whether a shutdown stands between this start and the one before.

    Of each line only the first word is read, and only the two that are nobody's names.
    """
    words = [line.split()[0] for line in output.splitlines() if line.split()]
    known = [word for word in words if word in {"reboot", "shutdown"}]
    before = known[known.index("reboot") + 1 :] if "reboot" in known else []
    return before[0] == "shutdown" if before else None


def shutdown_cause(output: str) -> int | None:
    """The last number that the log tells."""
    found = _CAUSE.findall(output)
    return int(found[-1]) if found else None


def ended(seen: Accounts) -> tuple[PreviousStop, StopCause]:
    """How the run ended and why."""
    if seen.has_panicked:
        return "unclean", "crash"
    if seen.cause == BUTTON_HELD:
        return "unclean", "power_button_held"
    is_hardware = seen.cause is not None and seen.cause < 0
    if seen.cause == POWER_LOST or is_hardware or (seen.was_shut_down is False and seen.cause != CLEAN):
        return "unclean", "battery_empty" if seen.was_battery_empty else _unnamed(seen)
    return ("clean", "unknown") if seen.was_shut_down or seen.cause == CLEAN else ("unknown", "unknown")


def _unnamed(seen: Accounts) -> StopCause:
    return "power_loss_or_hang" if seen.cause in {POWER_LOST, None} else "unknown"


def read_shut_down(host: Host) -> bool | None:
    """Ask the accounting of starts."""
    ran = host.run(("last", "reboot", "shutdown"))
    return None if ran is None else was_shut_down(ran.output)


def read_cause(host: Host) -> int | None:
    """Ask the log, which takes seconds of processor time: once a start, and only where it can know."""
    kind = host.run(("uname", "-m"))
    if kind is None or kind.output.strip() != "x86_64":
        return None
    asked = ("log", "show", "--last", "boot", "--style", "compact", "--predicate")
    ran = host.run((*asked, 'eventMessage BEGINSWITH "Previous shutdown cause"'), seconds=_SECONDS)
    return None if ran is None else shutdown_cause(ran.output)
