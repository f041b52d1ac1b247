"""Says what goes wrong again and again once a minute, with how often it happened, instead of once each time."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import structlog

EVERY_SECONDS = 60.0
KEYS_MAX = 1_000
_ENDINGS = (".refused", ".left_out")


class Repeats:
    """What was said lately, by what it is about. Used from any thread; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: OrderedDict[object, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, key: object) -> int | None:
        """How often it happened since it was said last, this time included; None where it is not to be said yet."""
        now = self._clock()
        with self._lock:
            at, times = self._said.get(key, (-EVERY_SECONDS, 0))
            if now - at < EVERY_SECONDS:
                self._said[key] = at, times + 1
                return None
            self._said[key] = now, 0
            self._said.move_to_end(key)
            if len(self._said) > KEYS_MAX:
                self._said.popitem(last=False)
            return times + 1

    def __call__(self, _logger: object, method: str, facts: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """Structlog's processor: warnings, errors and refusals that differ in numbers alone are the same."""
        event = str(facts.get("event", ""))
        if method not in {"warning", "error", "exception", "critical"} and not event.endswith(_ENDINGS):
            return facts
        told = tuple(sorted((name, value) for name, value in facts.items() if isinstance(value, str)))
        times = self.count((method, told))
        if times is None:
            raise structlog.DropEvent
        if times > 1:
            facts["times"] = times
        return facts


class RepeatedLines(logging.Filter):
    """The same for what libraries say: lines of one place in one library are the same, whatever they name."""

    def __init__(self, repeats: Repeats) -> None:
        super().__init__()
        self._repeats = repeats

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write this line, with its count."""
        times = self._repeats.count((record.name, record.pathname, record.lineno, _kind_of(record.exc_info)))
        if times is not None and times > 1:
            record.msg, record.args = f"{record.getMessage()} ({times} times)", None
        return times is not None


def _kind_of(caught: Any) -> type[BaseException] | None:
    return caught[0] if caught else None
