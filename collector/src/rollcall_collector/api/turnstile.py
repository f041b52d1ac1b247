"""Lets each address in so many times at once and then so many times a second, where nobody is signed in."""

import threading
from collections import OrderedDict

ADDRESSES_MAX = 10_000
_US = 1_000_000


class Turnstile:
    """Lets each address in so many times at once, and then so many times a second.

    A whole school may come through one address, so the first number is generous; guessing a token of 256 random bits
    is hopeless anyway, and this only keeps a broken script from wearing out the server.
    """

    def __init__(self, *, at_once: int = 2_000, a_second: float = 20.0) -> None:
        self._at_once = at_once
        self._a_second = a_second
        self._left: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def admits(self, address: str, now_us: int) -> bool:
        """Whether this address may come in now; it counts as one time."""
        with self._lock:
            left, since_us = self._left.pop(address, (float(self._at_once), now_us))
            left = min(self._at_once, left + max(0, now_us - since_us) / _US * self._a_second)
            self._left[address] = (left - 1 if left >= 1 else left, now_us)
            if len(self._left) > ADDRESSES_MAX:
                self._left.popitem(last=False)
            return left >= 1
