"""How fast and how soon again: the collector's credit, and delays that never march in step with other devices."""

import math
from random import Random

CREDIT_AT_FIRST = 5.0
"""Messages a second until the collector's first ack says otherwise."""
CREDIT_LEAST = 1 / 60
"""Even a collector that grants nothing is asked once a minute, or it could never grant more."""
RESEND_SECONDS = 30.0
RESEND_SECONDS_MAX = 600.0
RECONNECT_SECONDS = 1.0
RECONNECT_SECONDS_MAX = 60.0
STEADY_SECONDS = 30.0
"""A connection that held this long makes the next delay short again."""
ALONE_SECONDS = 3600.0
"""After so long a connection nobody else speaks under this name any more."""
SHARED_SECONDS = 30.0
SHARED_SECONDS_MAX = 900.0
_DOUBLINGS_MAX = 16
_ONE = 1 - 1e-9  # a token, but for rounding


class Credit:
    """A token bucket: a message costs one token, and tokens come back at the granted rate.

    It holds one second's worth, at least one token and at most `burst_max`.
    """

    def __init__(self, *, burst_max: int) -> None:
        self._burst_max = burst_max
        self._rate = CREDIT_AT_FIRST
        self._tokens = CREDIT_AT_FIRST
        self._counted_at = 0.0

    def grant(self, rate: float, now: float) -> None:
        """Messages a second from now on."""
        self._count(now)
        self._rate = max(CREDIT_LEAST, rate) if math.isfinite(rate) else CREDIT_AT_FIRST

    def take(self, now: float) -> bool:
        """Pay for one message; False where the credit is used up."""
        self._count(now)
        if self._tokens < _ONE:
            return False
        self._tokens -= 1
        return True

    def ready_at(self, now: float) -> float:
        """When the next message can be paid for."""
        self._count(now)
        return now + max(0.0, _ONE - self._tokens) / self._rate

    def _count(self, now: float) -> None:
        held = max(1.0, min(self._rate, self._burst_max))
        self._tokens = min(held, self._tokens + max(0.0, now - self._counted_at) * self._rate)
        self._counted_at = now


def resend_delay(times_sent: int, random: Random) -> float:
    """Seconds until a message without an ack goes out again: 30 s plus a random part of what doubles to 10 min."""
    spread = _doubled(RESEND_SECONDS, times_sent - 1, RESEND_SECONDS_MAX - RESEND_SECONDS)
    return RESEND_SECONDS + random.uniform(0, spread)


class Return:
    """When to connect again: soon, then ever later; and much later while another agent speaks under the same name.

    Two agents of one name put each other out of the broker: each leaves it to the other for minutes, so that both
    deliver what they have and neither fights for ever.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._failures = 0
        self._times_shared = 0

    def note_well(self) -> None:
        """The broker, or the collector behind it, is well: the next delay is short again."""
        self._failures = 0

    def note_shared(self) -> None:
        """The collector says that another agent speaks under this name too."""
        self._times_shared += 1

    def note_lost(self, lasted_seconds: float) -> None:
        """A connection ended that held so long."""
        if lasted_seconds > STEADY_SECONDS:
            self._failures = 0
        if lasted_seconds > ALONE_SECONDS:
            self._times_shared = 0

    def delay(self) -> float:
        """Seconds until the next try."""
        if self._times_shared:
            return shared_delay(self._times_shared, self._random)
        self._failures += 1
        return reconnect_delay(self._failures - 1, self._random)


def reconnect_delay(failures: int, random: Random) -> float:
    """Seconds until the next try to connect: anything up to what doubles from 1 s to 60 s."""
    return random.uniform(0, _doubled(RECONNECT_SECONDS, failures, RECONNECT_SECONDS_MAX))


def shared_delay(times: int, random: Random) -> float:
    """Seconds to leave the broker to another of the same name: half to all of what doubles from 30 s to 15 min."""
    longest = _doubled(SHARED_SECONDS, times - 1, SHARED_SECONDS_MAX)
    return random.uniform(longest / 2, longest)


def _doubled(seconds: float, times: int, seconds_max: float) -> float:
    return min(seconds_max, seconds * 2.0 ** min(times, _DOUBLINGS_MAX))
