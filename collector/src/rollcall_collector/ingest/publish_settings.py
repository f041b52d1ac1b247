"""Tells each publisher, on a retained topic, what the collector asks of it: intervals and school hours."""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rollcall_collector.store.publishers.registry import KnownPublisher
from rollcall_wire import SchoolHours, Settings
from rollcall_wire.encoding import encode
from rollcall_wire.topics import topic

AT_ONCE = 200
REST_SECONDS = 0.02
"""10,000 publishers a second at most: an ack waits for a slice or two, not for the fleet."""


class Announcer:
    """What this broker connection was told so far: a memory-only broker forgets, so each connection begins anew."""

    def __init__(self, publishers: Iterable[KnownPublisher]) -> None:
        self._told: dict[str, SchoolHours | None] = {}
        self._waiting = deque(publishers)
        self._rest_until = 0.0

    def add(self, changed: Iterable[KnownPublisher]) -> None:
        """Take in those of whom anything changed."""
        self._waiting.extend(changed)

    @property
    def due_at(self) -> float:
        """The monotonic instant of the next slice; never, while the broker holds what everybody is to know."""
        return self._rest_until if self._waiting else math.inf

    def take(self, now: float, count: int) -> Iterator[tuple[bytes, bytes]]:
        """The settings, as topics and bytes, of the next so many, where the broker does not hold them yet."""
        self._rest_until = now + REST_SECONDS
        for one in [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]:
            if one.is_revoked or (one.name in self._told and self._told[one.name] == one.hours):
                continue
            self._told[one.name] = one.hours
            yield topic(one.name, "settings").encode(), _settings(one.hours)


@lru_cache
def _settings(hours: SchoolHours | None) -> bytes:
    return encode(Settings(school_hours=hours))
