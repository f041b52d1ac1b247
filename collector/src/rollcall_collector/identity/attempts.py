"""Counts wrong passwords in a memory that does not grow, and shuts a name for a while when there were too many."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

NAMES_MAX = 10_000
WRONG_MAX = 10
SHUT = timedelta(minutes=15)


class Attempts:
    """Wrong passwords by name: ten within a quarter of an hour shut the name for as long. Used from any thread.

    Only passwords are shut: a link and the provider still let the rightful person in.
    """

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def shut_until(self, name: str, now: datetime) -> datetime | None:
        """Until when no password is tried for this name; None where one may be."""
        with self._lock:
            count, until = self._wrong.get(name, (0, now))
        return until if count >= WRONG_MAX and until > now else None

    def note_wrong(self, name: str, now: datetime) -> None:
        """One more wrong password; to be said before it is tried, so that many at once are all counted."""
        with self._lock:
            count, until = self._wrong.pop(name, (0, now))
            self._wrong[name] = (1 if until <= now else count + 1, now + SHUT)
            if len(self._wrong) > NAMES_MAX:
                self._wrong.popitem(last=False)

    def forget(self, name: str) -> None:
        """The right password came, or an administrator let them start anew."""
        with self._lock:
            self._wrong.pop(name, None)
