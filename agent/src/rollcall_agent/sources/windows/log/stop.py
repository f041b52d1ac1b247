"""Works out how the run before a start ended: one verdict from up to four records of one and the same stop."""

from dataclasses import dataclass

from rollcall_agent.sources.windows.log.event import Event
from rollcall_agent.sources.windows.log.starts import Start
from rollcall_wire.codes import PreviousStop, StopCause

BUTTON_HELD = 0x1C8
"""The stop error that newer systems write themselves when somebody holds the power button."""
CODE_MAX = 0xFFFFFFFF
EMPTY_PERCENT = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a run ended, why, and the number of the stop error that ended it."""

    previous: PreviousStop
    cause: StopCause = "unknown"
    code: int | None = None

    @property
    def code_text(self) -> str | None:
        """The stop error as Windows writes it."""
        return None if self.code is None else f"0x{self.code:08X}"


def ended(start: Start, *, was_battery_empty: bool = False) -> Ended:
    """The verdict on the run before. Without a word for it the stop was not clean: it is unknown.

    Kernel-Power 41 and a stop error are proof. 6008 and a bad last shutdown are signs, against which the kernel's or
    the log service's record of a stop stands. The first start after imaging calls its last shutdown bad, with no start
    before it.
    """
    if not _is_unclean(start):
        return Ended(previous="clean" if start.has_stop_before or _was_good(start) else "unknown")
    dirty = start.records.get("dirty")
    code = stop_code(start)
    if code is not None and code != BUTTON_HELD:
        return Ended(previous="unclean", cause="crash", code=code)
    if code == BUTTON_HELD or _has(dirty, "PowerButtonTimestamp") or _has(dirty, "LongPowerButtonPressDetected"):
        return Ended(previous="unclean", cause="power_button_held")
    if was_battery_empty:
        return Ended(previous="unclean", cause="battery_empty")
    if _has(dirty, "SleepInProgress") or _has(dirty, "ConnectedStandbyInProgress"):
        return Ended(previous="unclean", cause="during_sleep")
    # Only record 41 tells that neither a stop error nor the button was it: without it nobody knows.
    return Ended(previous="unclean", cause="unknown" if dirty is None else "power_loss_or_hang")


def stop_code(start: Start) -> int | None:
    """The number of the stop error; None where there was none."""
    dirty, crash = start.records.get("dirty"), start.records.get("crash")
    told = (dirty and dirty.numbers.get("BugcheckCode")) or (crash and crash.numbers.get("stop_code")) or None
    return told if told is not None and told <= CODE_MAX else None


def _is_unclean(start: Start) -> bool:
    if not start.records.keys().isdisjoint({"dirty", "crash"}):
        return True
    signs = "unexpected" in start.records or _was_bad(start)
    return signs and not start.has_stop_before


def _was_bad(start: Start) -> bool:
    good = start.records.get("good")
    return _numbered(good) and _says(good, "LastShutdownGood") == 0


def _was_good(start: Start) -> bool:
    good = start.records.get("good")
    return _numbered(good) and _says(good, "LastShutdownGood") == 1


def _numbered(good: Event | None) -> bool:
    return bool(_says(good, "LastBootId"))


def _says(event: Event | None, name: str) -> int | None:
    return None if event is None else event.numbers.get(name)


def _has(event: Event | None, name: str) -> bool:
    return bool(_says(event, name))
