"""Checks a running bridge's own service, and tells the collector: a page says what is wrong and where it is mended."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rollcall_agent.bridges.bridge import NOT_UNDERSTOOD, Bridge
from rollcall_agent.bridges.rounds import Rounds
from rollcall_agent.checks import Check, fault
from rollcall_agent.enrollment.told_checks import tell_checks
from rollcall_agent.errors import AgentError, EnrollmentError
from rollcall_agent.obstacles import explain_error

log = logging.getLogger("rollcall.bridge")

WELL_SECONDS, WRONG_SECONDS, LEAST_SECONDS = 3_600.0, 600.0, 60.0
"""Until the next check: where all is well, where something is wrong, and where rounds begin or cease to fail."""


def check_service(bridge: Bridge, folder: Path, now: datetime) -> Iterator[Check]:
    """What the bridge's own check finds; a service that is not there is one finding more, never an error."""
    try:
        yield from bridge.check(folder)
    except AgentError as error:
        yield fault("service", "it cannot be asked", str(error))
    except OSError as error:
        yield fault("service", "it cannot be reached", explain_error(error, now=now))
    except NOT_UNDERSTOOD as error:
        yield fault("service", "its answer is not understood", repr(error))


@dataclass(slots=True)
class SelfCheck:
    """The check of one bridge at work, in the thread of its rounds."""

    rounds: Rounds
    _due_at: float = 0.0
    _least_at: float = 0.0
    _was_in_trouble: bool = False

    def step(self, now: float, utc_now: datetime) -> float:
        """Check and tell where that is due; returns the monotonic instant of the next check."""
        is_in_trouble = self.rounds.trouble is not None
        if is_in_trouble != self._was_in_trouble:
            self._was_in_trouble = is_in_trouble
            self._due_at = min(self._due_at, self._least_at)
        if now < self._due_at:
            return self._due_at
        found = [*check_service(self.rounds.bridge, self.rounds.folder, utc_now), *self._rounds_checked()]
        is_well = self._tell(found, utc_now) and not any(check.is_fault for check in found)
        self._due_at = now + (WELL_SECONDS if is_well else WRONG_SECONDS)
        self._least_at = now + LEAST_SECONDS
        return self._due_at

    def _rounds_checked(self) -> Iterator[Check]:
        if self.rounds.trouble is not None:
            yield fault("rounds", "the last one was broken off, and is tried again", self.rounds.trouble)
        elif self.rounds.told_whole is not None:
            yield Check(subject="rounds", says=f"{self.rounds.told_whole:,} devices in the last one")

    def _tell(self, found: list[Check], utc_now: datetime) -> bool:
        try:
            rounds = self.rounds
            tell_checks(rounds.door, rounds.identity, rounds.bridge.name, found, seconds=rounds.seconds_whole)
        except (EnrollmentError, OSError) as error:
            reason = explain_error(error, now=utc_now) if isinstance(error, OSError) else str(error)
            log.warning("check.postponed bridge=%s reason=%s", self.rounds.bridge.name, reason)
            return False
        return True
