"""Holds every publisher to what the collector can spare it, before any of its messages is read.

An honest device sends at most twenty messages a second (its credit) and twenty at once (its window). Who says more is
not read beyond its allowance: nothing of that is acknowledged, so it keeps its facts and sends them again. Who says
far more is put off, and cut off by the broker if it goes on.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rollcall_collector.ingest.mqtt_socket import Arrived

A_SECOND = 40.0
AT_ONCE = 120.0
"""Messages a second, and at once after a pause: twice the highest credit, six windows after as many reconnections."""
FAR_OVER = 200
"""So many messages not read within the time below are no accident: none of our agents can send them."""
FAR_OVER_SECONDS = 10.0
WITHOUT_DOUBT = 500
"""So many, and it counts as going on at once."""
PUT_OFF_SECONDS = 60.0
TURN_MESSAGES = 4
BATCH_BYTES = 2_097_152
NAMES_MAX = 100_000
_NAME_AT = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Flooder:
    """A publisher that is far over its allowance: messages not read since it was looked at last."""

    name: str
    not_read: int
    goes_on: bool


class _Purse:
    """What one publisher may still say. Times are monotonic seconds."""

    __slots__ = ("at", "cut_at", "left", "not_read", "off_until", "since")

    def __init__(self, now: float) -> None:
        self.left = AT_ONCE
        self.at = self.since = now
        self.not_read = 0
        self.off_until = self.cut_at = -PUT_OFF_SECONDS

    def pays(self, now: float) -> bool:
        """Whether one more message is read."""
        self.left = min(AT_ONCE, self.left + (now - self.at) * A_SECOND)
        self.at = now
        if self.left < 1.0 or now < self.off_until:
            self.not_read += 1
            return False
        self.left -= 1.0
        return True

    def is_idle(self, now: float) -> bool:
        """Whether it may be forgotten: nobody would notice."""
        return self.not_read == 0 and now >= self.off_until and now - self.at > AT_ONCE / A_SECOND


class Turns:
    """What arrived and waits to be kept, by publisher: each has its turn, whoever said how much. For one thread."""

    def __init__(self) -> None:
        self._purses: dict[bytes, _Purse] = {}
        self._waiting: dict[bytes, deque[Arrived]] = {}
        self.count = 0

    def add(self, arrived: Iterable[Arrived], now: float) -> None:
        """Let in what its publisher's allowance covers; the rest is dropped unread."""
        purses, waiting = self._purses, self._waiting
        for one in arrived:
            name = _name(one.topic)
            purse = purses.get(name)
            if purse is None:
                purse = purses[name] = _Purse(now)
            if purse.pays(now):
                queue = waiting.get(name)
                if queue is None:
                    queue = waiting[name] = deque()
                queue.append(one)
                self.count += 1

    def take(self, count: int) -> list[Arrived]:
        """About so many messages of at most two megabytes: a few of each publisher in turn, its oldest first."""
        taken: list[Arrived] = []
        size = 0
        while self._waiting and len(taken) < count and size < BATCH_BYTES:
            name, queue = next(iter(self._waiting.items()))
            del self._waiting[name]
            for _ in range(min(TURN_MESSAGES, len(queue))):
                one = queue.popleft()
                size += len(one.payload)
                taken.append(one)
            if queue:
                self._waiting[name] = queue  # at the end of the line
        self.count -= len(taken)
        return taken

    def clear(self) -> None:
        """Forget what waits, as after a lost connection: it is sent again. Who flooded is still known."""
        self._waiting.clear()
        self.count = 0

    def look(self, now: float) -> Sequence[Flooder]:
        """Who is far over: told when it begins, and at most once a minute while it goes on. Call it every few seconds.

        From the first on nothing of it is read for a minute, and another while it goes on.
        """
        found = []
        for name, purse in list(self._purses.items()):
            if purse.not_read >= FAR_OVER:
                goes_on = now < purse.off_until or purse.not_read >= WITHOUT_DOUBT
                if not goes_on or now - purse.cut_at >= PUT_OFF_SECONDS:
                    found.append(Flooder(name=name.decode(errors="replace"), not_read=purse.not_read, goes_on=goes_on))
                    purse.cut_at = now if goes_on else purse.cut_at
                purse.off_until = now + PUT_OFF_SECONDS
                purse.not_read, purse.since = 0, now
            elif purse.is_idle(now) or len(self._purses) > NAMES_MAX:
                del self._purses[name]
            elif now - purse.since > FAR_OVER_SECONDS:
                purse.not_read, purse.since = 0, now
        return found


def _name(topic: bytes) -> bytes:
    """Whoever speaks, whatever it says in the other places of its topic."""
    parts = topic.split(b"/", _NAME_AT + 1)
    return parts[_NAME_AT] if len(parts) > _NAME_AT else topic
