"""Shares out what the collector can take, so that a thousand devices with a backlog do not delay today's reports."""

CREDIT_MAX = 20.0
CREDIT_MIN = 0.05
CREDIT_LIVE = 5.0
"""A publisher without a backlog may send this many messages a second."""
BACKLOG_REPORTS = 5
"""A message with more reports than this comes from a backlog."""
BACKLOG_SECONDS = 30.0
LOAD = 0.5
"""The part of the collector's time that backlogs may take."""
_WEIGHT = 0.1


class Credit:
    """Who has a backlog, and how many messages a second each of them may send. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._cost = 0.0001
        self._looked_at = 0.0

    def note(self, name: str, reports: int, now: float) -> None:
        """Take note of a message with so many reports."""
        if reports > BACKLOG_REPORTS:
            self._seen[name] = now

    def note_cost(self, reports: int, backlog_messages: int, seconds: float) -> None:
        """Take note of what a batch took; the price of one message from a backlog follows slowly."""
        if backlog_messages and reports:
            self._cost += _WEIGHT * (seconds / backlog_messages - self._cost)

    def share(self, name: str, now: float) -> float:
        """Messages a second this publisher may send from now on."""
        if now - self._looked_at > 1.0:
            self._looked_at = now
            self._seen = {one: at for one, at in self._seen.items() if now - at < BACKLOG_SECONDS}
        if name not in self._seen:
            return CREDIT_LIVE
        return min(CREDIT_MAX, max(CREDIT_MIN, LOAD / self._cost / len(self._seen)))
