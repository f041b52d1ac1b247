"""Bounds what a web client may hold: how many connections, how long a request may take to come, an answer to be read.

A connection whose request never ends costs a descriptor; who has them all keeps everybody else out. So each address
has a share, and where it is used up the connection that has waited longest makes room: an honest request ends within
milliseconds and is never that one.
"""

import asyncio
from collections import Counter, defaultdict
from functools import partial
from typing import Any

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.get_logger(__name__)

ADDRESS_MAX = 256
"""Connections of one address: a school behind one router, or a proxy in front of us, may be one."""
ALL_MAX = 1_000
HEADER_SECONDS = 10.0
BODY_SECONDS, BODY_BYTES_A_SECOND = 10.0, 1_000.0
"""A body comes at least so fast, after so long a start."""
READ_SECONDS, READ_BYTES = 20.0, 10_000
"""A reader takes at least so much of its answer in so long."""
_SWEEP_SECONDS = 1.0


class Connections:
    """Every open connection of one server. Used in the thread of its loop."""

    def __init__(self, *, address_max: int = ADDRESS_MAX, all_max: int = ALL_MAX) -> None:
        self._address_max = address_max
        self._all_max = all_max
        self._open: dict[BoundedConnection, None] = {}
        self._count: Counter[str] = Counter()
        self._waiting: dict[str | None, dict[BoundedConnection, None]] = defaultdict(dict)  # None: of all addresses
        self._is_sweeping = False

    def protocol(self, **asked: Any) -> "BoundedConnection":
        """One new connection, as the server asks for it."""
        return BoundedConnection(self, **asked)

    def add(self, new: "BoundedConnection") -> None:
        """Take it in; where its address or all of us have too many, the one that waits longest is closed instead."""
        self._open[new] = None
        self._count[new.address] += 1
        self.note_waiting(new)
        if self._count[new.address] > self._address_max:
            self._make_room(new.address)
        if len(self._open) > self._all_max:
            self._make_room(None)
        if not self._is_sweeping:
            self._is_sweeping = True
            new.loop.call_later(_SWEEP_SECONDS, partial(self._sweep, new.loop))

    def note_waiting(self, one: "BoundedConnection") -> None:
        """It begins to wait for its client: it goes to the end of the line of those that may make room."""
        self.note_answering(one)
        if one in self._open:
            self._waiting[None][one] = self._waiting[one.address][one] = None

    def note_answering(self, one: "BoundedConnection") -> None:
        """Its request is whole: it is not closed for others now."""
        self._waiting[None].pop(one, None)
        if line := self._waiting.get(one.address):
            line.pop(one, None)
            if not line:
                del self._waiting[one.address]

    def drop(self, gone: "BoundedConnection") -> None:
        """Forget it."""
        if gone in self._open:
            self.note_answering(gone)
            del self._open[gone]
            self._count[gone.address] -= 1
            if not self._count[gone.address]:
                del self._count[gone.address]

    def _make_room(self, address: str | None) -> None:
        # The newcomer itself waits, too: where all others are being answered, it is the one.
        chosen = next(iter(self._waiting[address]))
        log.warning("connections.full", address=address or "all", closed="the one that waited longest")
        self._close(chosen)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for one in list(self._open):
            if reason := one.overdue(now):
                if one.has_begun:  # browsers open connections ahead and may never use them
                    log.warning("connection.too_slow", address=one.address, reason=reason)
                self._close(one)
        self._is_sweeping = bool(self._open)
        if self._is_sweeping:
            loop.call_later(_SWEEP_SECONDS, partial(self._sweep, loop))

    def _close(self, chosen: "BoundedConnection") -> None:
        self.drop(chosen)
        chosen.transport.abort()


class BoundedConnection(H11Protocol):
    """Uvicorn's connection, which tells what it waits for and since when. Times are the loop's seconds."""

    def __init__(self, all_of_them: Connections, **asked: Any) -> None:
        super().__init__(**asked)
        self._all = all_of_them
        self.address = ""
        self.since = self.loop.time()
        """When it began to wait for what it waits for."""
        self._received = 0
        self._unread, self._unread_since = 0, self.since
        self._is_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it in."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        self._all.drop(self)
        super().connection_lost(exc)

    def data_received(self, received: bytes) -> None:
        """Note how much of a body came, and that it is whole."""
        self._received += len(received)
        super().data_received(received)
        is_body = self.conn.their_state is h11.SEND_BODY
        if is_body and not self._is_body:
            self.since, self._received = self.loop.time(), 0
        self._is_body = is_body
        if self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
            self._all.note_answering(self)

    def on_response_complete(self) -> None:
        """Wait for the next request from now on."""
        self.since = self.loop.time()
        self._all.note_waiting(self)
        super().on_response_complete()

    @property
    def has_begun(self) -> bool:
        """Whether anything of a request has come."""
        return self.conn.their_state is not h11.IDLE or bool(self.conn.trailing_data[0])

    def overdue(self, now: float) -> str:
        """Why it is to be closed; empty while it keeps its pace."""
        if unread := self.transport.get_write_buffer_size():
            self.since = now
            return "its answer is not read" if self._is_stuck(unread, now) else ""
        self._unread = 0
        if self.conn.their_state is h11.IDLE and now - self.since > HEADER_SECONDS:
            return "its request did not end"
        if self.conn.their_state is h11.SEND_BODY and not self.flow.read_paused:
            owed = (now - self.since - BODY_SECONDS) * BODY_BYTES_A_SECOND
            return "its body comes too slowly" if self._received < owed else ""
        return ""

    def _is_stuck(self, unread: int, now: float) -> bool:
        if unread > self._unread or unread < self._unread - READ_BYTES:
            self._unread, self._unread_since = unread, now
            return False
        return now - self._unread_since > READ_SECONDS
