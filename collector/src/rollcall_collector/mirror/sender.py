"""Sends what waits for the mirror, in order and again until it arrived, in a thread that never holds ingest up."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine

from rollcall_collector.mirror.answers import Answer
from rollcall_collector.mirror.delivery import LINES_MAX, PAUSES, Delivery, NotNowError
from rollcall_collector.mirror.standing import cart_lines, fleet_lines
from rollcall_collector.store.keeping.parcel import PARCEL_LINES
from rollcall_collector.store.mirror_outbox import drop_oldest, put_lines, remove_parcels, take_parcels
from rollcall_collector.store.parts.mirror import keep_state, read_state

log = structlog.get_logger(__name__)

IDLE_SECONDS = 1.0
TEND_EVERY = timedelta(minutes=1)
CARTS_EVERY = timedelta(minutes=10)
FLEET_EVERY = timedelta(hours=24)


class Sender:
    """Used from one thread. `write` puts all lines it is given into one request."""

    def __init__(
        self,
        engine: Engine,
        write: Callable[[Sequence[str]], Answer],
        clock: Callable[[], datetime],
        *,
        outbox_bytes: int,
    ) -> None:
        self._engine = engine
        self._delivery = Delivery(write)
        self._clock = clock
        self._size_max = outbox_bytes
        self._failures = 0
        self._try_at: datetime | None = None
        self._due: dict[str, datetime] = {}

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set. Never raises: what goes wrong is said once, and tried again."""
        while not stop.is_set():
            try:
                seconds = self.turn()
            except Exception:  # the thread's outermost loop: a locked database must not end it
                log.exception("mirror.stuck")
                seconds = PAUSES[-1]
            stop.wait(seconds)

    def turn(self) -> float:
        """Send some of what waits; returns after how many seconds the next turn is due. Raises what the store does."""
        now = self._clock()
        self._tend(now)
        if self._try_at is not None and now < self._try_at:
            return min((self._try_at - now).total_seconds(), TEND_EVERY.total_seconds())
        try:
            if self._failures:  # a line alone: to write thousands for a server that is away would slow ingest
                self._delivery.probe()
            with self._engine.connect() as connection:
                parcels = take_parcels(connection, lines_max=LINES_MAX)
            found = self._delivery.deliver([line for one in parcels for line in one.lines])
        except NotNowError as error:
            return self._wait(error, now)
        if not parcels and not self._failures:
            return IDLE_SECONDS
        self._failures, self._try_at = 0, None
        with self._engine.begin() as connection:
            before = read_state(connection, now)
            remove_parcels(connection, parcels)
            keep_state(connection, before.sent(found.taken, found.refused, found.said, now), now)
        if before.trouble:
            log.info("mirror.resumed")
        if found.refused:
            log.warning("mirror.refused", lines=found.refused, reason=found.said)
        return 0.0 if found.taken + found.refused >= LINES_MAX // 2 else IDLE_SECONDS

    def _wait(self, error: NotNowError, now: datetime) -> float:
        seconds = error.pause_seconds(self._failures)
        self._failures += 1
        self._try_at = now + timedelta(seconds=seconds)
        with self._engine.begin() as connection:
            before = read_state(connection, now)
            keep_state(connection, before.hindered(str(error), now, self._try_at), now)
        if before.trouble != str(error):
            log.warning("mirror.waits", reason=str(error))
        return min(seconds, TEND_EVERY.total_seconds())

    def _tend(self, now: datetime) -> None:
        """Bound what waits, and have the carts and the fleet told when that is due."""
        if self._is_due("room", now, TEND_EVERY):
            self._make_room(now)
        if self._is_due("carts", now, CARTS_EVERY):
            self._tell(now, cart_lines)
        if self._is_due("fleet", now, FLEET_EVERY):
            self._tell(now, fleet_lines)

    def _is_due(self, what: str, now: datetime, every: timedelta) -> bool:
        if now < self._due.get(what, now):
            return False
        self._due[what] = now + every
        return True

    def _make_room(self, now: datetime) -> None:
        with self._engine.begin() as connection:
            dropped = drop_oldest(connection, size_max=self._size_max)
            if dropped is None:
                return
            keep_state(connection, read_state(connection, now).dropped(dropped), now)
        log.warning(
            "mirror.dropped",
            lines=dropped.lines,
            kept_from=dropped.first_at.isoformat(),
            kept_until=dropped.last_at.isoformat(),
        )

    def _tell(self, now: datetime, tell: Callable[[Connection, datetime], Iterator[str]]) -> None:
        with self._engine.connect() as connection:
            lines = list(tell(connection, now))
        with self._engine.begin() as connection:
            for start in range(0, len(lines), PARCEL_LINES):
                put_lines(connection, lines[start : start + PARCEL_LINES], now)
