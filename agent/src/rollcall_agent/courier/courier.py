"""Keeps the connection to the broker: says that it is there, brings reports, and takes acks and settings home."""

import logging
import math
import ssl
from collections.abc import Callable
from datetime import datetime
from random import Random
from socket import socket
from typing import Literal

from rollcall_agent.courier.backoff import Return
from rollcall_agent.courier.dispatch import Dispatch
from rollcall_agent.courier.session import (
    Accepted,
    Broker,
    Confirmed,
    Credentials,
    Heard,
    Lost,
    Occurrence,
    Refused,
    Session,
)
from rollcall_agent.courier.tls import tls_for
from rollcall_agent.errors import OutboxError
from rollcall_agent.obstacles import explain_error
from rollcall_agent.outbox import Outbox
from rollcall_wire import Ack, SchoolHours, Settings, State
from rollcall_wire.encoding import decode_ack, decode_settings, encode
from rollcall_wire.topics import topic

log = logging.getLogger("rollcall.courier")

_ANSWER_SECONDS = 10.0
"""The broker has this long to answer a connection."""
_ANSWER_MODERN_SECONDS = 3.0
"""As long for MQTT 5: amqtt neither answers nor refuses it, and then the older version is tried."""
_SHARED = (
    "another agent speaks under this device's name: its disk was copied from this one, or this one's from it. "
    "Run 'rollcall-agent enroll URL' on the copy"
)
_OUTBOX_REST_SECONDS = 10.0
_GOODBYE_TURNS = 20
_GOODBYE_TURN_SECONDS = 0.1
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)


class Courier:
    """The MQTT session of one publisher, without a thread: the caller's loop calls `step` when it says so.

    Reports leave the outbox only when the collector has acknowledged them. `hours` are the school's hours as far as
    the caller knows them; settings from the collector replace them.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        broker: Broker,
        credentials: Credentials,
        random: Random,
        on_settings: Callable[[Settings], None],
        hours: SchoolHours | None = None,
    ) -> None:
        self._outbox = outbox
        self._broker = broker
        self._credentials = credentials
        self._on_settings = on_settings
        self._dispatch = Dispatch(outbox=outbox, publisher=credentials.publisher, random=random)
        self._dispatch.hours = hours
        self._tls: ssl.SSLContext | None = None
        self._session: Session | None = None
        self._session_number: int | None = None
        self._is_modern = broker.is_modern
        self._is_answered = False
        self._return = Return(random)
        self._connect_at = math.inf
        self._opened_at = 0.0
        self._silent_since = 0.0
        self._rest_until = 0.0
        self._trouble = ""
        self._now = 0.0
        self.is_connected = False
        self.refused_by_broker = False

    def start(self, now: float) -> None:
        """Begin connecting at the next step. Raises ConfigError where the connection would not be private."""
        self._tls = tls_for(self._broker)
        self._connect_at = now

    def step(self, now: float, utc_now: datetime) -> float:
        """Do what is due; returns the monotonic instant of the next thing due, if the socket stays silent until then.

        Never waits, but for a new connection (see `Session.open`). Call it when that instant comes, when the socket
        is ready, and after reports were added.
        """
        self._now = now
        if self._session is None and now >= self._connect_at:
            self._connect(utc_now)
        if self._session is not None:
            self._turn(self._session)
        if self._session is not None and self.is_connected and now >= self._rest_until:
            self._send(self._session, utc_now)
        return self._due_at()

    def socket(self) -> socket | None:
        """The socket to watch for reading; None while there is no connection."""
        return None if self._session is None else self._session.socket()

    def wants_write(self) -> bool:
        """Whether the socket should be watched for writing too."""
        return self._session is not None and self._session.wants_write()

    def stop(self, state: Literal["disconnected", "sleeping"] = "disconnected") -> None:
        """Say goodbye, waiting at most two seconds for the broker to hear it, and close."""
        session = self._session
        if session is not None and self.is_connected:
            goodbye = self._say(session, state)
            for _ in range(_GOODBYE_TURNS):
                if self._session is None or not session.is_unconfirmed(goodbye):
                    break
                session.wait(_GOODBYE_TURN_SECONDS)
                self._turn(session)
        if self._session is not None:
            self._session.close()
        self._session = None
        self.is_connected = False
        self._connect_at = math.inf

    def _connect(self, utc_now: datetime) -> None:
        session = Session(broker=self._broker, credentials=self._credentials, tls=self._tls, is_modern=self._is_modern)
        try:
            if self._session_number is None:
                self._session_number = self._outbox.next_session()
            will = encode(State(state="lost", session=self._session_number))
            session.open(topic(self._credentials.publisher, "state"), will)
        except OutboxError as error:
            self._retreat(str(error))
            return
        except OSError as error:
            broker = self._broker
            self._retreat(f"no connection to {broker.host}:{broker.port}: {explain_error(error, now=utc_now)}")
            return
        self._session = session
        self._is_answered = False
        self._opened_at = self._silent_since = self._now

    def _turn(self, session: Session) -> None:
        for occurred in session.turn():
            self._notice(session, occurred)
        if self._session is session and not self.is_connected and self._now >= self._answer_at():
            session.abandon()
            self._lose("the broker does not answer")

    def _notice(self, session: Session, occurred: Occurrence) -> None:
        match occurred:
            case Accepted():
                self._welcome(session)
            case Refused():
                self._accept_refusal(occurred)
            case Lost(reason=reason):
                self._lose(reason)
            case Heard(topic=where, payload=payload, is_retained=is_retained):
                self._hear(where, payload, is_live=not is_retained)
            case Confirmed(denied=denied):
                self._silent_since = self._now
                if denied is not None:
                    self._complain(f"the broker denies messages: {denied}")

    def _welcome(self, session: Session) -> None:
        self.is_connected = self._is_answered = True
        self.refused_by_broker = False
        self._trouble = ""
        self._silent_since = self._now
        log.info("broker.connected host=%s protocol=%s", self._broker.host, "5" if self._is_modern else "3.1.1")
        publisher = self._credentials.publisher
        session.subscribe(topic(publisher, "acks"), topic(publisher, "settings"))
        self._say(session, "ready")
        self._dispatch.begin()

    def _accept_refusal(self, refusal: Refused) -> None:
        self._is_answered = True
        if refusal.has_wrong_version and self._is_modern:
            self._is_modern = False
            self._return.note_well()
            log.info("broker.found_older host=%s", self._broker.host)
            return
        self.refused_by_broker = refusal.has_wrong_credentials
        self._complain(f"the broker refuses the connection: {refusal.reason}")

    def _lose(self, reason: str) -> None:
        if self._session is None:
            return
        if self.is_connected:
            self._return.note_lost(self._now - self._opened_at)
            log.info("broker.disconnected reason=%s", reason)
        if not self._is_answered and self._broker.is_modern:
            self._is_modern = not self._is_modern  # perhaps it understands the other version
        self._session = None
        self._session_number = None
        self.is_connected = False
        self._retreat(reason)

    def _retreat(self, reason: str) -> None:
        self._complain(reason)
        self._connect_at = self._now + self._return.delay()

    def _hear(self, where: str, payload: bytes, *, is_live: bool) -> None:
        self._silent_since = self._now
        leaf = where.rpartition("/")[2]
        try:
            if leaf == "acks":
                self._settle(decode_ack(payload))
            elif leaf == "settings" and payload:
                self._follow(decode_settings(payload))
                if is_live:  # the collector says them to everybody whenever it comes back
                    self._dispatch.hasten(self._now)
        except _UNREADABLE as error:
            log.warning("%s.garbled reason=%r", leaf, error)
        except OutboxError as error:
            self._complain(str(error))

    def _settle(self, ack: Ack) -> None:
        if ack.is_shared:
            self._return.note_shared()
            self._complain(_SHARED)
        if self._dispatch.settle(ack, self._now):
            self._return.note_well()

    def _follow(self, settings: Settings) -> None:
        self._dispatch.hours = settings.school_hours
        self._on_settings(settings)

    def _send(self, session: Session, utc_now: datetime) -> None:
        try:
            self._dispatch.send(session, self._now, utc_now)
        except OutboxError as error:
            self._complain(str(error))
            self._rest_until = self._now + _OUTBOX_REST_SECONDS

    def _say(self, session: Session, state: Literal["ready", "sleeping", "disconnected"]) -> int | None:
        number = self._session_number or 1
        told = State(state=state, session=number)
        if state == "ready":
            told = State(state=state, session=number, epoch=self._outbox.epoch, newest=self._outbox.newest)
        return session.publish(topic(self._credentials.publisher, "state"), encode(told), is_retained=True)

    def _due_at(self) -> float:
        if self._session is None:
            return self._connect_at
        if not self.is_connected:
            return self._answer_at()
        ping_at = self._silent_since + self._session.keepalive_seconds
        if ping_at <= self._now:
            self._silent_since, ping_at = self._now, self._now + self._session.keepalive_seconds
        return min(ping_at, max(self._rest_until, self._dispatch.due_at(self._session, self._now)))

    def _answer_at(self) -> float:
        return self._opened_at + (_ANSWER_MODERN_SECONDS if self._is_modern else _ANSWER_SECONDS)

    def _complain(self, trouble: str) -> None:
        """Say a trouble once, until there is another or none."""
        if trouble != self._trouble:
            log.warning("broker.troubled reason=%s", trouble)
            self._trouble = trouble
