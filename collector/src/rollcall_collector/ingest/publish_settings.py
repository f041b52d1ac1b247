"""Tells each publisher, on a retained topic, what the collector asks of it: intervals and school hours."""

from collections import deque
from collections.abc import Iterable, Iterator

from rollcall_collector.store.publishers.registry import KnownPublisher
from rollcall_wire import SchoolHours, Settings
from rollcall_wire.encoding import encode
from rollcall_wire.topics import topic


class Announcer:
    """What this broker connection was told so far: a memory-only broker forgets, so each connection begins anew."""

    def __init__(self, publishers: Iterable[KnownPublisher]) -> None:
        self._told: dict[str, SchoolHours | None] = {}
        self._waiting = deque(publishers)

    def add(self, changed: Iterable[KnownPublisher]) -> None:
        """Take in those of whom anything changed."""
        self._waiting.extend(changed)

    def due(self) -> Iterator[tuple[bytes, bytes]]:
        """The settings, as topics and bytes, of everybody whose settings the broker does not hold yet."""
        while self._waiting:
            one = self._waiting.popleft()
            if one.is_revoked or (one.name in self._told and self._told[one.name] == one.hours):
                continue
            self._told[one.name] = one.hours
            yield topic(one.name, "settings").encode(), encode(Settings(school_hours=one.hours))
