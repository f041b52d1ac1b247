"""Packs reports into messages, and settles them at the collector's word: kept, refused, or unreadable."""

import logging
import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from random import Random
from zlib import crc32

from rollcall_agent.courier.backoff import Credit, resend_delay
from rollcall_agent.courier.session import Session
from rollcall_agent.courier.window import Sent, Window
from rollcall_agent.outbox import Outbox
from rollcall_wire import Ack, SchoolHours
from rollcall_wire.codes import REFUSALS, Refusal
from rollcall_wire.encoding import encode
from rollcall_wire.messages import MESSAGE_BYTES_MAX, REPORTS_MAX, WINDOW_MESSAGES
from rollcall_wire.privacy import coarsen
from rollcall_wire.topics import topic

log = logging.getLogger("rollcall.courier")

_ENVELOPE_BYTES = 256
_ROOM_BYTES = MESSAGE_BYTES_MAX - _ENVELOPE_BYTES
_RETRY_SECONDS = 1.0

Reports = list[tuple[int, bytes]]


class Dispatch:
    """What is sent when. `hours` are the school's hours as last heard: without them `sent_at` says only the day."""

    def __init__(self, *, outbox: Outbox, publisher: str, random: Random) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._topic = topic(publisher, "reports")
        self._random = random
        self._window = Window()
        self._credit = Credit(burst_max=WINDOW_MESSAGES)
        self._generation = 0
        self.hours: SchoolHours | None = None

    def begin(self) -> None:
        """A new connection: whatever has no ack goes out again."""
        self._window.forget()
        self._generation = self._outbox.generation

    def hasten(self, now: float) -> None:
        """Send what has no ack again soon: a collector that has come back has lost what lay in its broker."""
        self._window.hasten(now, self._random)

    def send(self, session: Session, now: float, utc_now: datetime) -> None:
        """Hand over every message that is due, has room in the window, and can be paid for. Raises OutboxError."""
        if self._generation != self._outbox.generation:  # what the numbers on their way mean has changed
            self.begin()
        while session.unconfirmed < WINDOW_MESSAGES and self._credit.ready_at(now) <= now:
            found = self._next(now)
            if found is None:
                return
            message, reports = found
            payload = self._write(reports, utc_now)
            if session.publish(self._topic, payload) is None:
                message.due_at = now + _RETRY_SECONDS
                return
            self._credit.take(now)
            message.times += 1
            message.due_at = now + resend_delay(message.times, self._random)
            message.digests.append((f"{crc32(payload):08x}", len(reports)))

    def due_at(self, session: Session, now: float) -> float:
        """When something can be sent next; never, while only the broker or the collector can change that."""
        has_new = self._window.has_alone or self._outbox.newest > self._window.upto
        work_at = now if has_new and self._window.has_room else self._window.due_at()
        if math.isinf(work_at) or session.unconfirmed >= WINDOW_MESSAGES:
            return math.inf
        return max(work_at, self._credit.ready_at(now))

    def settle(self, ack: Ack, now: float) -> bool:
        """Let the outbox forget what is kept or refused; False where the ack speaks of an epoch that is not there.

        Raises OutboxError where it cannot; then the reports go out again and are acknowledged again.
        """
        if ack.epoch == self._outbox.epoch and max((last for _, last in ack.kept), default=0) > self._outbox.newest:
            log.warning("outbox.was_set_back newest=%d: what is new gets a new epoch", self._outbox.newest)
            self._outbox.part()
            self.begin()
        epoch = self._outbox.epochs.find(ack.epoch)
        if epoch is None:
            return False
        self._credit.grant(ack.credit, now)
        if ack.refused and self._outbox.acknowledge(ack.epoch, (), ack.refused):
            _say_refused(ack.refused)  # once: a repeated refusal removes nothing
        if ack.kept:
            self._outbox.acknowledge(ack.epoch, ack.kept, ())
        self._window.settle(epoch.own([*ack.kept, *((seq, seq) for seq, _ in ack.refused)]))
        for digest, reason in ack.unreadable:
            self._single_out(digest, reason)
        return True

    def _single_out(self, digest: str, reason: Refusal) -> None:
        found = self._window.find(digest)
        if found is None:
            return
        message, carried = found
        if carried > 1:
            self._window.split(message)
            return
        self._drop(message, reason)

    def _drop(self, message: Sent, reason: Refusal) -> None:
        seqs = sorted(message.pending)
        self._outbox.acknowledge(self._outbox.epochs.of(seqs[0]).name, (), [(seq, reason) for seq in seqs])
        self._window.close(message)
        _say_refused([(seq, reason) for seq in seqs])

    def _next(self, now: float) -> tuple[Sent, Reports] | None:
        while late := self._window.due(now):
            if reports := self._still_stored(late):
                return late, reports
            self._window.close(late)
        while self._window.has_room:
            reports = self._take()
            if not reports:
                return None
            message = self._window.open([seq for seq, _ in reports])
            if len(reports[0][1]) <= _ROOM_BYTES:
                return message, reports
            self._drop(message, "too_large")  # the collector could not take it either
        return None

    def _take(self) -> Reports:
        while (alone := self._window.next_alone()) is not None:
            reports = self._outbox.after(alone - 1, bytes_max=_ROOM_BYTES, count_max=1)
            if reports and reports[0][0] == alone:
                return reports
        if self._outbox.newest <= self._window.upto:
            return []
        reports = self._of_one_epoch(
            self._outbox.after(self._window.upto, bytes_max=_ROOM_BYTES, count_max=REPORTS_MAX)
        )
        self._window.upto = reports[-1][0] if reports else self._outbox.newest
        return reports

    def _of_one_epoch(self, reports: Reports) -> Reports:
        if not reports:
            return reports
        last = self._outbox.epochs.of(reports[0][0]).last_seq
        return reports if reports[-1][0] <= last else [one for one in reports if one[0] <= last]

    def _still_stored(self, message: Sent) -> Reports:
        """The message's reports again: a few may have been acknowledged, or dropped on overflow."""
        stored = self._outbox.after(message.first - 1, bytes_max=_ROOM_BYTES, count_max=REPORTS_MAX)
        return [(seq, body) for seq, body in stored if seq in message.pending]

    def _write(self, reports: Reports, utc_now: datetime) -> bytes:
        """The message as bytes, from reports that are encoded already."""
        sent_at = coarsen(utc_now, self.hours)
        epoch = self._outbox.epochs.of(reports[0][0])
        named: dict[str, str | int] = {"publisher": self._publisher, "epoch": epoch.name}
        if epoch.follows is not None:
            named |= {"follows": epoch.follows, "first_seq": epoch.first_seq}
        empty = encode({**named, "sent_at": sent_at, "reports": []})
        return empty[:-2] + b",".join(body for _, body in reports) + b"]}"


def _say_refused(refused: Sequence[tuple[int, Refusal]]) -> None:
    by_reason: defaultdict[Refusal, list[int]] = defaultdict(list)
    for seq, reason in refused:
        by_reason[reason].append(seq)
    for reason, seqs in by_reason.items():
        words = REFUSALS.get(reason, "The collector is newer than this agent.")
        log.warning("reports.refused reason=%s count=%d first_seq=%d: %s", reason, len(seqs), seqs[0], words)
