"""Notices when two agents speak under one name in turn: a disk was copied, and both copies are alive."""

from collections import deque

RUNS_REMEMBERED = 4


class Runs:
    """The last runs of each publisher, by the epochs under which they number; forgotten when the collector ends.

    A run that another has taken over from never comes back, unless both live: an epoch is drawn by the run itself.
    """

    def __init__(self) -> None:
        self._seen: dict[int, deque[str]] = {}

    def note(self, publisher: int, epoch: str) -> bool:
        """Take note of a run that connects; true where it comes back after another."""
        seen = self._seen.setdefault(publisher, deque(maxlen=RUNS_REMEMBERED))
        if seen and seen[-1] == epoch:
            return False
        is_back = epoch in seen
        if is_back:
            seen.remove(epoch)
        seen.append(epoch)
        return is_back
