"""Drives a courier as the agent's loop does: step, sleep on its socket until the next thing due, step again."""

import select
import time
from collections.abc import Callable
from datetime import UTC, datetime

from rollcall_agent.courier import Courier


class Driver:
    """The loop of one courier. `ahead` seconds may be added to its clock, to live through long waits at once."""

    def __init__(self, courier: Courier) -> None:
        self.courier = courier
        self.ahead = 0.0
        self.steps = 0
        self.due = 0.0
        self.utc_now = lambda: datetime.now(UTC)

    def now(self) -> float:
        return time.monotonic() + self.ahead

    def step(self) -> None:
        self.steps += 1
        self.due = self.courier.step(self.now(), self.utc_now())

    def run_until(
        self, condition: Callable[[], object], *, seconds: float = 15.0, what: str = "the condition"
    ) -> None:
        """Drive until the condition holds; AssertionError after the deadline."""
        deadline = time.monotonic() + seconds
        self.step()
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not come true within {seconds:g} s")
            self._wait(min(0.02, max(0.0, self.due - self.now())))
            self.step()

    def run_for(self, seconds: float) -> None:
        """Drive for a while, sleeping as long as the courier allows."""
        end = time.monotonic() + seconds
        self.step()
        while (left := end - time.monotonic()) > 0:
            self._wait(min(left, max(0.0, self.due - self.now())))
            self.step()

    def _wait(self, seconds: float) -> None:
        found = self.courier.socket()
        if found is None:
            time.sleep(min(seconds, 0.02))
            return
        select.select([found], [found] if self.courier.wants_write() else [], [], seconds)
