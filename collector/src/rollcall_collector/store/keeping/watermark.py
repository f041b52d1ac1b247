"""Remembers which reports of one outbox are settled, so that a repeat is known as one.

Everything up to `upto`, and the ranges above it: a row grows with the holes in it, never with the reports.
"""

import json
from bisect import bisect_left, bisect_right
from itertools import count

RANGES_MAX = 1_000
"""Beyond so many ranges the lowest hole is closed: publishers send in order, so what is missing there was dropped."""


_UNKNOWN_KEY = 2**62
_births = count()


class Watermark:
    """The settled numbers of one (publisher, epoch). `key` is None until the store has given it one.

    `follows` is the epoch before it in its outbox, where it said so and the store does not know it yet. `is_followed`:
    another epoch follows it. `is_copy`: it follows an epoch that went on, or that another follows too: its outbox is
    an older copy.
    """

    __slots__ = (
        "_born",
        "_firsts",
        "_lasts",
        "_written",
        "epoch",
        "follows",
        "is_copy",
        "is_followed",
        "key",
        "publisher",
        "upto",
    )

    def __init__(
        self,
        *,
        publisher: int,
        epoch: str,
        key: int | None = None,
        upto: int = 0,
        ranges: str = "[]",
        follows: str | None = None,
        is_copy: bool = False,
        is_followed: bool = False,
    ) -> None:
        self.publisher = publisher
        self.epoch = epoch
        self.key = key
        self.follows = follows
        self.is_copy = is_copy
        self.is_followed = is_followed
        self.upto = upto
        pairs = json.loads(ranges)
        self._firsts: list[int] = [first for first, _ in pairs]
        self._lasts: list[int] = [last for _, last in pairs]
        self._written = upto, ranges
        self._born = next(_births)

    @property
    def order(self) -> int:
        """Newer outboxes have higher orders: the key, and above every key those that have none yet."""
        return _UNKNOWN_KEY + self._born if self.key is None else self.key

    def take(self, seq: int) -> bool:
        """Settle one number; false where it was settled before."""
        if seq == self.upto + 1 and not self._firsts:
            self.upto = seq
            return True
        if self.has(seq):
            return False
        self.take_range(seq, seq)
        return True

    def has(self, seq: int) -> bool:
        """Whether this number is settled."""
        if seq <= self.upto:
            return True
        place = bisect_right(self._firsts, seq) - 1
        return place >= 0 and seq <= self._lasts[place]

    def take_range(self, first: int, last: int) -> None:
        """Settle every number from first to last, whether settled before or not."""
        firsts, lasts = self._firsts, self._lasts
        start = bisect_left(lasts, first - 1)  # the first range that touches the new one
        end = bisect_right(firsts, last + 1)
        if start < end:
            first, last = min(first, firsts[start]), max(last, lasts[end - 1])
        firsts[start:end] = [first]
        lasts[start:end] = [last]
        if len(firsts) > RANGES_MAX:
            self.upto = lasts[0]
        while firsts and firsts[0] <= self.upto + 1:
            self.upto = max(self.upto, lasts.pop(0))
            firsts.pop(0)

    @property
    def highest(self) -> int:
        """The highest settled number; 0 where there is none."""
        return self._lasts[-1] if self._lasts else self.upto

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Everything settled, as inclusive ranges, lowest first."""
        whole = [(1, self.upto)] if self.upto else []
        return whole + list(zip(self._firsts, self._lasts, strict=True))

    @property
    def ranges(self) -> str:
        """The ranges above `upto` as the store writes them."""
        if not self._firsts:
            return "[]"
        return json.dumps(list(zip(self._firsts, self._lasts, strict=True)), separators=(",", ":"))

    def change(self) -> tuple[int, str, int | None, int, str]:
        """What to write, and what must still stand there for that to be right: upto, ranges, key, upto, ranges."""
        return self.upto, self.ranges, self.key, *self._written

    def note_written(self) -> None:
        """The store now has it as it is."""
        self._written = self.upto, self.ranges
