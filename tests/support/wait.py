"""Waits for a condition, with a deadline and a reason instead of a sleep."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, seconds: float = 10.0, what: str = "the condition") -> T:
    """The first truthy value of the condition; AssertionError after the deadline."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds:g} s")
        time.sleep(0.02)
    return found


def settled(count: Callable[[], int]) -> int:
    """This number once it has been the same for half a second: all that was on its way has arrived."""
    seen: list[tuple[float, int]] = []

    def is_still() -> bool:
        seen.append((time.monotonic(), count()))
        since = [at for at, found in seen if found == seen[-1][1]]
        return since[-1] - since[0] > 0.5

    wait_for(is_still, what="rest")
    return seen[-1][1]
