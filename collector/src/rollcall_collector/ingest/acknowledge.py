"""Writes the collector's word to each publisher: which reports are kept, which are refused and why."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from rollcall_collector.store.keeping import Checked
from rollcall_wire import Ack
from rollcall_wire.codes import Refusal
from rollcall_wire.encoding import encode
from rollcall_wire.topics import topic

_EPOCH = re.compile(rb'"epoch"\s*:\s*"([0-9A-Za-z_-]{8,32})"')
EPOCHS_MAX = 100_000
UNKNOWN_EPOCH = "00000000"
"""What an ack names where nobody can know the outbox: only its `unreadable` means anything then."""


class Acks:
    """The acks of one batch, one a publisher and outbox. `epochs` remembers each publisher's newest outbox."""

    def __init__(self, epochs: dict[str, str]) -> None:
        self._epochs = epochs
        self._found: dict[tuple[str, str], _Ack] = {}
        self._answers: list[tuple[str, str, tuple[tuple[int, int], ...], bool]] = []

    def add(self, name: str, checked: Checked) -> None:
        """Answer one message: repeats and refusals too, or their publisher would send them for ever."""
        epoch = checked.epoch
        if epoch is None:
            epoch = _told_epoch(checked) or self._epochs.get(name, UNKNOWN_EPOCH)
        elif len(self._epochs) < EPOCHS_MAX or name in self._epochs:
            self._epochs[name] = epoch
        ack = self._found.get((name, epoch))
        if ack is None:
            ack = self._found[name, epoch] = _Ack()
        ack.kept += [one[0].seq for one in checked.accepted]
        if checked.refused:
            ack.refused += [(one.seq, one.reason) for one in checked.refused if one.seq is not None]
            ack.unreadable += checked.unreadable

    def answer(self, name: str, epoch: str, spans: Sequence[tuple[int, int]], *, is_shared: bool) -> None:
        """Tell a publisher that connects what was kept of its run already, and whether another speaks in its name."""
        self._answers.append((name, epoch, tuple(spans), is_shared))

    def messages(self, now: datetime, credit_of: Callable[[str], float]) -> Iterator[tuple[bytes, bytes]]:
        """Each ack's topic and bytes; answers first, for they say how the others are to be understood."""
        for name, epoch, spans, is_shared in self._answers:
            credit, told = credit_of(name), is_shared or None
            answer = Ack(epoch=epoch, kept=spans, refused=(), now=now, credit=credit, is_shared=told)
            yield _topic(name), encode(answer)
        said = now.astimezone(UTC).isoformat(timespec="milliseconds")
        for (name, epoch), ack in self._found.items():
            yield _topic(name), _write(epoch, ack, said, credit_of(name))


class _Ack:
    __slots__ = ("kept", "refused", "unreadable")

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.refused: list[tuple[int, Refusal]] = []
        self.unreadable: list[tuple[str, Refusal]] = []


@lru_cache(maxsize=65_536)
def _topic(name: str) -> bytes:
    return topic(name, "acks").encode()


def ranges(seqs: Sequence[int]) -> list[tuple[int, int]]:
    """The numbers as inclusive ranges, lowest first."""
    if len(seqs) == 1:
        return [(seqs[0], seqs[0])]
    found: list[tuple[int, int]] = []
    first = last = -1
    for seq in sorted(seqs):
        if seq <= last + 1 and found:
            last = max(last, seq)
            found[-1] = first, last
        else:
            first = last = seq
            found.append((first, last))
    return found


def _write(epoch: str, ack: _Ack, now: str, credit: float) -> bytes:
    # By hand: the wire's own writer takes three times as long, and every single report has an ack of its own.
    kept = ",".join([f"[{first},{last}]" for first, last in ranges(ack.kept)])
    refused = json.dumps(ack.refused) if ack.refused else "[]"
    unreadable = f',"unreadable":{json.dumps(ack.unreadable)}' if ack.unreadable else ""
    named = f'"{epoch}"' if epoch.isalnum() else json.dumps(epoch)
    return (
        f'{{"epoch":{named},"kept":[{kept}],"refused":{refused}{unreadable},"now":"{now}","credit":{credit:.3f}}}'
    ).encode()


def _told_epoch(checked: Checked) -> str | None:
    # A message that is garbled further on still says at its head whose outbox it came from.
    for refused in checked.refused:
        if found := _EPOCH.search(refused.payload[:1_024]):
            return found[1].decode()
    return None
