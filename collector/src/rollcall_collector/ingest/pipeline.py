"""Takes a batch of messages through its one order: read, keep, and only then acknowledge."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Engine

from rollcall_collector.ingest.acknowledge import Acks
from rollcall_collector.ingest.credit import BACKLOG_REPORTS, Credit
from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.runs import Runs
from rollcall_collector.ingest.tally import Tally
from rollcall_collector.ingest.validate import Validator, read_state, unreadable
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.keeping import Batch, Checked, Keeper, RefusedReport, is_store_lost, is_wrong_value
from rollcall_collector.store.parts.claim import Claim, ShareTakenError
from rollcall_collector.store.publishers.registry import KnownPublisher, Registry
from rollcall_wire.topics import Address, parse_topic

ADDRESSES_MAX = 100_000
STRANGERS_MAX = 10_000
log = structlog.get_logger("rollcall.ingest")


class Intake:
    """Keeps what arrives and says what to answer. Used from one thread; raises what the database raises."""

    def __init__(
        self,
        *,
        engine: Engine,
        registry: Registry,
        clock: Callable[[], datetime],
        claim: Claim | None = None,
        has_mirror: bool = False,
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._keeper = Keeper(engine, has_mirror=has_mirror, claim=claim)
        self._validator = Validator(registry.device)
        self._credit = Credit()
        self._addresses: dict[bytes, Address | None] = {}
        self._epochs: dict[str, str] = {}
        self._strangers: set[str] = set()
        self._runs = Runs()
        self.tally = Tally()

    def receive(self, arrived: Sequence[Arrived]) -> list[tuple[bytes, bytes]]:
        """Keep the messages in one transaction; returns the acks, as topics and bytes, that may now go out.

        Where one message holds what the database itself will not take, each is kept alone and that one is refused.
        """
        try:
            return self._receive(arrived)
        except Exception as error:
            self._keeper.forget()
            if _is_no_messages_fault(error):
                raise
            log.warning("batch.split", messages=len(arrived), reason=repr(error))
        acks: list[tuple[bytes, bytes]] = []
        for one in arrived:
            acks += self._receive_alone(one)
        return acks

    def hold(self) -> None:
        """Have the share for this process alone. Raises ShareTakenError where another process has it."""
        self._keeper.hold()

    def forget(self) -> None:
        """Let go of the database connection, and of the share with it."""
        self._keeper.forget()

    def _receive_alone(self, one: Arrived) -> list[tuple[bytes, bytes]]:
        try:
            return self._receive([one])
        except Exception as error:
            self._keeper.forget()
            if _is_no_messages_fault(error):
                raise
            if is_wrong_value(error):
                return self._receive([one], refuse_because=f"It cannot be stored: {error}")
            # A fault of ours: no ack, so that nothing is lost, and no raise, so that its neighbours are kept.
            log.exception("message.stuck", topic=one.topic.decode(errors="replace"))
            return []

    def _receive(self, arrived: Sequence[Arrived], refuse_because: str = "") -> list[tuple[bytes, bytes]]:
        began = time.perf_counter()
        now = self._clock()
        now_us = to_us(now)
        batch = self._keeper.batch(now_us)
        acks = Acks(self._epochs)
        backlog = 0
        for one in arrived:
            address = self._address(one.topic)
            publisher = None if address is None else self._publisher(address, one, batch)
            if address is None or publisher is None:
                continue
            if address.leaf == "state":
                self._note_state(publisher, one, batch, acks)
                continue
            checked = self._check(one, address, publisher, now_us, refuse_because)
            count = len(checked.accepted)
            if count > BACKLOG_REPORTS:
                backlog += 1
                self._credit.note(publisher.name, count, began)
            batch.add(publisher, checked)
            acks.add(publisher.name, checked)
        self._keeper.keep(batch)
        seconds = time.perf_counter() - began
        self._credit.note_cost(batch.kept, backlog, seconds)
        self.tally.add(batch, len(arrived), seconds)
        _say(batch, len(arrived), seconds)
        return list(acks.messages(now, lambda name: self._credit.share(name, began)))

    def _check(
        self, one: Arrived, address: Address, publisher: KnownPublisher, now_us: int, refuse_because: str
    ) -> Checked:
        if one.size:
            head = RefusedReport(
                seq=None, reason="too_large", detail=f"It has {one.size:,} bytes.", payload=one.payload
            )
            return Checked(epoch=None, accepted=[], refused=[head], unreadable=((one.digest, "too_large"),))
        if not address.has_own_bucket:
            return unreadable(one.payload, "wrong_bucket", f"It came on {one.topic.decode()}.")
        if refuse_because:
            return unreadable(one.payload, "wrong_shape", refuse_because)
        return self._validator.read(one.payload, publisher, now_us)

    def _publisher(self, address: Address, one: Arrived, batch: Batch) -> KnownPublisher | None:
        found = self._registry.publisher(address.publisher)
        if found is not None and not found.is_revoked:
            if self._strangers and address.publisher in self._strangers:
                self._strangers.discard(address.publisher)
                log.info("publisher.known", publisher=address.publisher)
            return found
        # No ack: a device whose enrollment we lost, to an old backup say, must not throw its reports away.
        name = address.publisher
        if name not in self._strangers and len(self._strangers) < STRANGERS_MAX:
            self._strangers.add(name)
            log.warning("publisher.unknown", publisher=name, is_revoked=found is not None)
            told = "It was retired or revoked." if found is not None else "Nobody enrolled under this name."
            batch.refuse(name, RefusedReport(seq=None, reason="unknown_publisher", detail=told, payload=one.payload))
        return None

    def _note_state(self, publisher: KnownPublisher, one: Arrived, batch: Batch, acks: Acks) -> None:
        if one.size or (state := read_state(one.payload)) is None:
            return
        batch.add_state(publisher, state)
        if state.state != "ready" or state.epoch is None:
            return
        is_shared = self._runs.note(publisher.key, state.epoch)
        if one.is_retained:
            return
        if is_shared:
            batch.add_shared(publisher)
        known = self._keeper.find(publisher.key, state.epoch)
        if is_shared or (known is not None and known.highest > (state.newest or 0)):
            acks.answer(publisher.name, state.epoch, known.spans if known else (), is_shared=is_shared)

    def _address(self, topic: bytes) -> Address | None:
        if topic not in self._addresses:
            if len(self._addresses) >= ADDRESSES_MAX:
                self._addresses.clear()
            self._addresses[topic] = parse_topic(topic.decode(errors="replace"))
        return self._addresses[topic]


def _is_no_messages_fault(error: Exception) -> bool:
    return is_store_lost(error) or isinstance(error, ShareTakenError | OSError)


def _say(batch: Batch, messages: int, seconds: float) -> None:
    log.debug("batch.kept", messages=messages, kept=batch.kept, repeated=batch.repeated, seconds=round(seconds, 4))
    if batch.refusals:
        counted = Counter((name, refused.reason) for name, _, refused in batch.refusals)
        for (name, reason), count in counted.most_common(20):
            log.info("report.refused", publisher=name, reason=reason, count=count)
    for name, _, noted in batch.notes[:20]:
        log.info("field.left_out", publisher=name, field=noted.field, reason=noted.reason)
