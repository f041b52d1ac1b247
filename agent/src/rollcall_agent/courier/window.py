"""Which messages are on their way, which reports in them still wait for an ack, and which are due again."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from rollcall_wire.messages import WINDOW_MESSAGES

_DIGESTS_KEPT = 4
_HASTE_SECONDS = 5.0


@dataclass(slots=True, eq=False)
class Sent:
    """A message on its way. `pending` are the numbers without an ack.

    `digests` are its last few payloads' CRC-32, each with the number of reports that payload carried.
    """

    pending: set[int]
    first: int
    last: int
    times: int = 0
    due_at: float = math.inf
    digests: deque[tuple[str, int]] = field(default_factory=lambda: deque(maxlen=_DIGESTS_KEPT))


class Window:
    """At most twenty messages without an ack, and the place in the outbox up to which reports are on their way."""

    def __init__(self) -> None:
        self._sent: list[Sent] = []
        self._alone: deque[int] = deque()
        self.upto = 0

    def forget(self) -> None:
        """Begin again from the outbox: what has no ack will all be sent anew, in new messages."""
        self._sent.clear()
        self._alone.clear()
        self.upto = 0

    def __len__(self) -> int:
        return len(self._sent)

    @property
    def has_room(self) -> bool:
        """Whether one more message may be on its way."""
        return len(self._sent) < WINDOW_MESSAGES

    @property
    def has_alone(self) -> bool:
        """Whether reports wait to be sent one by one, because the message they were in could not be read."""
        return bool(self._alone)

    def open(self, seqs: Sequence[int]) -> Sent:
        """A new message with these reports."""
        message = Sent(pending=set(seqs), first=min(seqs), last=max(seqs))
        self._sent.append(message)
        return message

    def close(self, message: Sent) -> None:
        """Stop waiting for this message."""
        if message in self._sent:
            self._sent.remove(message)

    def hasten(self, now: float, random: Random) -> None:
        """Make every message due again within some seconds, not all devices at once."""
        for message in self._sent:
            message.due_at = min(message.due_at, now + random.uniform(0, _HASTE_SECONDS))
            message.times = min(message.times, 1)

    def due(self, now: float) -> Sent | None:
        """The message that waited longest beyond its time."""
        late = [message for message in self._sent if message.due_at <= now]
        return min(late, key=lambda message: message.due_at, default=None)

    def due_at(self) -> float:
        """When the next message is due again."""
        return min((message.due_at for message in self._sent), default=math.inf)

    def next_alone(self) -> int | None:
        """The number of the next report to send by itself."""
        return self._alone.popleft() if self._alone else None

    def settle(self, spans: Sequence[tuple[int, int]]) -> None:
        """These inclusive ranges are acknowledged; messages without anything pending are done."""
        for first, last in spans:
            for message in self._touched(first, last):
                if first <= message.first and message.last <= last:
                    message.pending.clear()
                else:
                    message.pending = {seq for seq in message.pending if not first <= seq <= last}
        self._sent = [message for message in self._sent if message.pending]

    def find(self, digest: str) -> tuple[Sent, int] | None:
        """The message that went out with this digest, and how many reports that payload carried."""
        named = ((message, count) for message in self._sent for known, count in message.digests if known == digest)
        return next(named, None)

    def split(self, message: Sent) -> None:
        """Send this message's reports one by one from now on."""
        self.close(message)
        self._alone.extend(sorted(message.pending))

    def _touched(self, first: int, last: int) -> Iterator[Sent]:
        return (message for message in self._sent if message.first <= last and first <= message.last)
