"""Works out how the run before this start ended, from several witnesses: Linux itself keeps no such record."""

from dataclasses import dataclass

from rollcall_agent.sources.linux.files import folders, is_forbidden, text
from rollcall_agent.sources.run_flag import Flag
from rollcall_agent.sources.source import Host
from rollcall_wire.codes import PreviousStop, StopCause

SHUTDOWN = "98268866d1d54a499c4e98921d93bc40"
"""The journal's message id of a shutdown that was asked for."""
EMPTY_PERCENT = 5.0
NOTE = "var/lib/rollcall-agent/stopped"
"""Where the unit rollcall-clean-stop notes which start ended as it was asked to, whether or not the agent saw it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Witnesses:
    """Who says what about the end of the run before. None is a witness that was not there.

    `is_supervised`: the service manager starts the agent again when it dies, so a missing flag means something.
    """

    flag: Flag = "none"
    is_supervised: bool = False
    has_journal_shutdown: bool | None = None
    unsafe_stops_added: int | None = None
    has_panicked: bool = False
    was_battery_empty: bool = False


def ended(seen: Witnesses) -> tuple[PreviousStop, StopCause]:
    """How the run ended and why. One witness alone is not enough where another could have spoken against it."""
    if seen.has_panicked:
        return "unclean", "crash"
    if seen.flag == "none":
        return "unknown", "unknown"
    verdict = _flagged(seen) if seen.flag == "stopping" else _not_flagged(seen)
    if verdict == "unclean":
        return verdict, "battery_empty" if seen.was_battery_empty else "power_loss_or_hang"
    return verdict, "unknown"


def _flagged(seen: Witnesses) -> PreviousStop:
    has_power_cut = bool(seen.unsafe_stops_added)
    return "unknown" if has_power_cut and seen.has_journal_shutdown is not True else "clean"


def _not_flagged(seen: Witnesses) -> PreviousStop:
    match seen.has_journal_shutdown, seen.unsafe_stops_added:
        case True, added:
            # The agent was killed before it could note the stop; but not if the disk lost its power as well.
            return "unclean" if added else "clean"
        case False, _:
            return "unclean"
        case None, int(added) if added > 0:
            return "unclean"
        case None, None if seen.flag == "running" and seen.is_supervised:
            return "unclean"
        case _:
            return "unknown"


def is_stop_noted(host: Host, raw_boot_id: str) -> bool:
    """Whether a unit of its own, stopped after the agent, noted that this run's whole system was going down."""
    return text(host.path(NOTE)) == raw_boot_id


def is_system_stopping(host: Host) -> bool:
    """Whether the whole system goes down now, as the service manager says it. When nobody can say: no."""
    if host.path("run/systemd/system").is_dir():
        ran = host.run(("systemctl", "is-system-running"), seconds=5.0)
        return ran is not None and ran.output.strip() == "stopping"
    ran = host.run(("runlevel",), seconds=5.0)
    return ran is not None and ran.output.split()[-1:] in (["0"], ["6"])


def has_journal_shutdown(host: Host, raw_boot_id: str) -> bool | None:
    """Whether the journal of that run holds a shutdown that was asked for; None without its journal.

    The question whether there is a journal asks for the service manager's entries: those of a user prove nothing.
    Only message ids are read, never messages.
    """
    of_run = f"_BOOT_ID={raw_boot_id.replace('-', '')}"
    ask = ("journalctl", "-q", "--no-pager", "-o", "json", "--output-fields=MESSAGE_ID", "-n", "1", of_run)
    anything = host.run((*ask, "_PID=1"))
    if anything is None or not anything.output.strip():
        return None
    found = host.run((*ask, f"MESSAGE_ID={SHUTDOWN}"))
    return None if found is None or found.is_late else bool(found.output.strip())


def missing(host: Host) -> tuple[str, ...]:
    """Which permission the witnesses lack."""
    journals = folders(host.path("var/log/journal"), "*/system.journal")
    if any(is_forbidden(one) for one in journals) or is_forbidden(host.path("var/log/journal")):
        return ("stop: reading the journal needs root or the group systemd-journal",)
    return ()
