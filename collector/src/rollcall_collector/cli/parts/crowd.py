"""Gathers lines that come by the hundred into one that counts them, so that what matters is not scrolled away."""

import sys
import threading
from collections import Counter
from collections.abc import MutableMapping
from typing import Any

import structlog

FEW = 3
"""So many lines of a kind are written as they come; more than that, and they are a crowd."""
CALM_SECONDS = 2.0
WORDS = {
    "device.enrolled": "devices enrolled",
    "flag.opened": "flags opened",
    "flag.closed": "flags closed",
}
"""What is gathered, and what its sum is called."""


class Crowd:
    """A step of the log: the first lines of a kind pass, the others are counted until none has come for a while."""

    def __init__(self, *, calm_seconds: float = CALM_SECONDS) -> None:
        self._calm_seconds = calm_seconds
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._last_sum = 0
        self._is_awaited = False

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The line, if it is to be written now. Raises structlog.DropEvent where it is counted instead."""
        name = event.get("event")
        if name not in WORDS:
            return event
        with self._lock:
            self._counts[name] += 1
            is_dropped = self._counts[name] > FEW
            if not self._is_awaited:
                self._is_awaited = True
                self._wait()
        if is_dropped:
            raise structlog.DropEvent
        return event

    def _wait(self) -> None:
        timer = threading.Timer(self._calm_seconds, self._sum_up)
        timer.daemon = True
        timer.start()

    def _sum_up(self) -> None:
        with self._lock:
            if self._counts.total() != self._last_sum:  # they still come
                self._last_sum = self._counts.total()
                self._wait()
                return
            counts, self._counts = self._counts, Counter()
            self._last_sum, self._is_awaited = 0, False
        for name, count in counts.items():
            if count > FEW:
                print(f"{count:,} {WORDS[name]}", file=sys.stderr, flush=True)
