"""Finds what is settled of each outbox, and notices an outbox that is an older copy of itself when it begins anew."""

from collections.abc import Callable
from typing import Any

from rollcall_collector.store.keeping.checked import Checked
from rollcall_collector.store.keeping.statements import Statements
from rollcall_collector.store.keeping.watermark import Watermark

WATERMARKS_MAX = 200_000
"""So many watermarks are remembered; then all are forgotten and read again as they are needed."""


class Watermarks:
    """Every watermark in use, by publisher and epoch. `cursor` opens the database when it is first asked."""

    def __init__(self, say: Statements, cursor: Callable[[], Any]) -> None:
        self._say = say
        self._cursor = cursor
        self._known: dict[tuple[int, str], Watermark] = {}

    def clear(self) -> None:
        """Forget them all: they are read again as they are needed."""
        self._known.clear()

    def find(self, publisher: int, epoch: str) -> Watermark | None:
        """What is settled of this epoch; None where nothing of it ever came."""
        found = self._known.get((publisher, epoch))
        if found is None and (row := self._ask(self._say.find_watermark, publisher, epoch)) is not None:
            key, upto, ranges, is_copy, is_followed = row
            found = Watermark(
                publisher=publisher,
                epoch=epoch,
                key=key,
                upto=upto,
                ranges=ranges,
                is_copy=bool(is_copy),
                is_followed=bool(is_followed),
            )
            self._remember(found)
        return found

    def of(self, publisher: int, checked: Checked) -> Watermark:
        """The watermark of this message's epoch; a new one where it is the first of its epoch."""
        epoch = checked.epoch or ""
        found = self._known.get((publisher, epoch)) or self.find(publisher, epoch)
        if found is not None:
            return found
        lowest = min((one[0].seq for one in checked.accepted), default=1)
        return self._begin(publisher, epoch, checked.follows, min(checked.first_seq or 1, lowest) - 1)

    def _begin(self, publisher: int, epoch: str, follows: str | None, upto: int) -> Watermark:
        is_copy = follows is not None and self._is_copy(publisher, follows, upto)
        begun = Watermark(publisher=publisher, epoch=epoch, upto=upto, follows=follows, is_copy=is_copy)
        self._remember(begun)
        return begun

    def _is_copy(self, publisher: int, follows: str, upto: int) -> bool:
        """Whether the epoch before went on after this number, or has been followed by another already."""
        before = self.find(publisher, follows)
        if before is None:
            return False
        is_followed, before.is_followed = before.is_followed, True
        return is_followed or before.highest > upto

    def _ask(self, statement: str, *values: Any) -> Any:
        return self._cursor().execute(statement, values).fetchone()

    def _remember(self, mark: Watermark) -> None:
        if len(self._known) >= WATERMARKS_MAX:
            self._known.clear()
        self._known[mark.publisher, mark.epoch] = mark
