"""Listens to every device's reports: reads, keeps, acknowledges, in one thread and always in this order.

One thread, since two of them spend more time handing the interpreter's lock over than they gain. The broker is a lossy
cache: the session is clean, everything is subscribed anew on every connection, and what the broker loses the devices
send again, because only an ack lets them forget it.
"""

import contextlib
import gc
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine

from rollcall_collector.ingest.allowance import Turns
from rollcall_collector.ingest.mqtt_socket import Arrived, Lane
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.ingest.publish_settings import AT_ONCE, Announcer
from rollcall_collector.model.school import SchoolSettings
from rollcall_collector.store.keeping import is_store_lost
from rollcall_collector.store.parts.claim import Claim, ShareTakenError
from rollcall_collector.store.parts.runs import PartRun, note_part
from rollcall_collector.store.parts.share import Share, forget_overlapping
from rollcall_collector.store.publishers.put_off import let_in_again, put_off
from rollcall_collector.store.publishers.registry import Registry
from rollcall_wire.topics import PREFIX

BATCH_MESSAGES = 500
BATCH_SECONDS = 0.05
QUIET_MESSAGES = 10
QUIET_SECONDS = 0.005
"""So many messages are kept before their time where the socket brings nothing more for so long."""
KEEPALIVE_SECONDS = 30
PING_SECONDS = 10.0
SILENCE_SECONDS = 60.0
"""Asked so often, a broker that brings nothing at all for so long is gone. Its answers alone tell less: one of them
waits behind every report that the broker has for us, minutes where many do."""
CONNECT_SECONDS = 10.0
LOOK_SECONDS = 2.0
NOTE_SECONDS = 15.0
FLOOD_SECONDS = 0.2
DRAIN_SECONDS_MAX = 0.2
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
KILLED_SECONDS = (0.2, 0.5, 1.0)
"""PostgreSQL learns a moment later that a process was killed: whoever starts in its place asks again after these."""
WAITING_MESSAGES_MAX = 4 * BATCH_MESSAGES
"""With so many waiting to be kept, nothing more is read: the broker holds it."""
CALM_THRESHOLD = 50_000
"""New objects before Python looks for circles among them: reports live for microseconds, and have none."""
log = structlog.get_logger("rollcall.ingest")


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerAddress:
    """Where the broker is and who we are to it. `ca_file` None means plain: for a broker on this machine."""

    host: str
    port: int
    user: str
    password: str | None
    ca_file: Path | None = None


class Listener:
    """Keeps and acknowledges what the devices of its share say, until told to stop."""

    def __init__(
        self,
        *,
        engine: Engine,
        broker: BrokerAddress,
        clock: Callable[[], datetime],
        has_mirror: bool = False,
        school: SchoolSettings | None = None,
        share: Share = Share(),  # noqa: B008  # frozen
    ) -> None:
        self._broker = broker
        self._engine = engine
        self._clock = clock
        self._turns = Turns()
        self._registry = Registry(engine, school=school, share=share)
        self._intake = Intake(
            engine=engine,
            registry=self._registry,
            clock=clock,
            claim=Claim(engine, share),
            has_mirror=has_mirror,
        )
        self._share = share
        self._began_at: datetime | None = None
        self._note_at = 0.0
        self._trouble = ""
        self._is_welcomed = False
        self.is_connected = False
        self.turned_at = time.monotonic()
        """When its loop last went round: a thread that hangs is alive, too."""

    def claim(self, stop: threading.Event) -> None:
        """Take the share before anything is heard. Raises ShareTakenError where another process keeps it."""
        for pause in (*KILLED_SECONDS, None):
            try:
                self._intake.hold()
            except ShareTakenError:
                if pause is None or stop.wait(pause):
                    raise
            else:
                return

    def run(self, stop: threading.Event) -> None:
        """Listen until `stop` is set. Never raises: what goes wrong is said once, and tried again ever more slowly."""
        gc.set_threshold(CALM_THRESHOLD)
        failures = 0
        while not stop.is_set():
            self.turned_at = time.monotonic()
            session = _Session(self._broker, self._share)
            try:
                for _ in self._listen(session, stop):
                    failures = 0
                    self._say_resumed()
            except Exception as error:  # noqa: BLE001  # the thread's outermost loop: it must not die
                self._is_welcomed &= is_store_lost(error)  # the broker is not new to us: it was our own store
                self._say_trouble(error)
            finally:
                self.is_connected = False
                self._let_go(session)
            if not stop.is_set():
                stop.wait(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
                failures += 1

    def _let_go(self, session: "_Session") -> None:
        self._turns.clear()
        for let_go in (session.close, self._intake.forget):
            with contextlib.suppress(Exception):  # it is lost already: the loop must not end with it
                let_go()

    def _listen(self, session: "_Session", stop: threading.Event) -> Iterator[None]:
        """One connection, from its opening to its loss; yields whenever something was kept."""
        self._intake.hold()  # without a database, or with another's share, there is nothing to listen for
        self._registry.refresh()
        session.open(self._topics())
        announcer = Announcer(self._registry.publishers())
        look_at = first_at = flood_at = drain_until = 0.0
        while not stop.is_set():
            lane, turns = session.lane, self._turns
            is_quiet = True
            if turns.count < WAITING_MESSAGES_MAX:
                is_quiet = not session.turn(
                    _wait(turns.count, first_at, time.monotonic(), min(look_at, announcer.due_at))
                )
            now = self.turned_at = time.monotonic()
            is_first = turns.count == 0
            arrived, lane.arrived = lane.arrived, []
            turns.add(arrived, now)
            if not self.is_connected and session.is_subscribed:
                self._welcome()
            if is_first:
                first_at = now
            # Read as long as keeping took: a broker that is not read fills up, and then drops what honest ones say.
            is_drained = is_quiet or now >= drain_until
            if turns.count and is_drained and _is_due(turns.count, now - first_at, is_quiet=is_quiet):
                self._keep(lane, turns.take(BATCH_MESSAGES), stop)
                ended = time.monotonic()
                drain_until = ended + min(ended - now, DRAIN_SECONDS_MAX)
                yield
            if now >= flood_at and self.is_connected:
                flood_at = now + FLOOD_SECONDS
                self._look_at_floods(now)
            if now >= look_at and self.is_connected:
                let_in_again(self._engine, self._clock())
                self._intake.hold()
                self._note(now)
                announcer.add(self._registry.refresh())
                look_at = now if self._registry.is_behind else now + LOOK_SECONDS
            self._tell(lane, announcer, now)

    def _tell(self, lane: Lane, announcer: Announcer, now: float) -> None:
        """Hand the broker the next slice of settings, once it has confirmed the one before: acks go in between."""
        if self.is_connected and now >= announcer.due_at:
            for topic, payload in announcer.take(now, 0 if lane.unconfirmed >= AT_ONCE else AT_ONCE):
                lane.publish(topic, payload, is_retained=True)
            lane.flush()

    def _note(self, now: float) -> None:
        """Say now and then how it fares, for the pages and metrics of whatever process."""
        if now < self._note_at:
            return
        self._note_at = now + NOTE_SECONDS
        noted_at = self._clock()
        is_first = self._began_at is None
        self._began_at = self._began_at or noted_at
        told = self._intake.tally.told()
        ran = PartRun(part=self._share.part, began_at=self._began_at, noted_at=noted_at, told=told)
        with self._engine.begin() as connection:
            if is_first:
                forget_overlapping(connection, self._share)
            note_part(connection, ran)

    def _look_at_floods(self, now: float) -> None:
        """Put off who says far too much; who goes on is refused by the broker, too, for a time that grows."""
        for flooder in self._turns.look(now):
            noted = put_off(
                self._engine, flooder.name, self._clock(), not_read=flooder.not_read, is_cut=flooder.goes_on
            )
            if noted is not None:
                event = "publisher.cut_off" if noted.is_cut else "publisher.put_off"
                log.warning(event, publisher=flooder.name, not_read=flooder.not_read, until=noted.until_at.isoformat())

    def _keep(self, lane: Lane, arrived: Sequence[Arrived], stop: threading.Event) -> None:
        for delay in BACKOFF_SECONDS[:3]:
            try:
                acks = self._intake.receive(arrived)
                break
            except Exception as error:
                if not is_store_lost(error):
                    raise
                self._say_trouble(error)
            stop.wait(delay)
        else:
            acks = self._intake.receive(arrived)
        for topic, payload in acks:
            lane.publish(topic, payload)
        lane.flush()

    def _topics(self) -> list[str]:
        buckets = ["+"] if self._share.of == 1 else [f"{bucket:02d}" for bucket in self._share.buckets]
        return [f"{PREFIX}/{bucket}/+/{leaf}" for bucket in buckets for leaf in ("reports", "state")]

    def _welcome(self) -> None:
        self.is_connected = True
        if not self._is_welcomed:
            self._is_welcomed, self._trouble = True, ""
            log.info("broker.connected", host=self._broker.host, port=self._broker.port)

    def _say_resumed(self) -> None:
        if self._trouble:
            self._trouble = ""
            log.info("ingest.resumed")

    def _say_trouble(self, error: Exception) -> None:
        trouble = f"{type(error).__name__}: {error}"
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("ingest.troubled", reason=trouble)


class _Session:
    """One connection to the broker, driven by its owner's loop."""

    def __init__(self, broker: BrokerAddress, share: Share) -> None:
        self._broker = broker
        # One name for all shares, and an id of each one's own: two of one id would put each other out.
        own = broker.user if share.of == 1 else f"{broker.user}-{share.number}-{share.of}"
        self._client = _BulkClient(CallbackAPIVersion.VERSION2, client_id=own, clean_session=True, protocol=MQTTv311)
        self._client.username_pw_set(broker.user, broker.password)
        if broker.ca_file is not None:
            self._client.tls_set(ca_certs=str(broker.ca_file))
        self._client.connect_timeout = CONNECT_SECONDS
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._topics: Sequence[str] = ()
        self._refusal = ""
        self._opened_at = 0.0
        self._asked_at = 0.0
        self._heard_at = 0.0
        self.is_subscribed = False

    @property
    def lane(self) -> Lane:
        """The connection itself. Raises ConnectionError once it is lost."""
        lane = self._client.lane
        if lane is None or lane.is_closed:
            raise ConnectionError(self._refusal or "the broker hung up")
        return lane

    def open(self, topics: Sequence[str]) -> None:
        """Connect, and subscribe to these topics as soon as the broker lets us in. Raises OSError."""
        self._topics = topics
        self._client.connect(self._broker.host, self._broker.port, keepalive=KEEPALIVE_SECONDS)
        self._opened_at = self._heard_at = self._asked_at = time.monotonic()
        self.lane.flush()

    def turn(self, seconds: float) -> bool:
        """Wait at most so long for the broker, read and write what is there; whether anything was read."""
        lane = self.lane
        readable, _, _ = select.select([lane], [lane] if lane.waiting_bytes else [], [], seconds)
        if readable:
            lane.fill()
            while lane.has_others and self._client.loop_read() == 0 and not lane.is_closed:
                pass
        if self._client.want_write():
            self._client.loop_write()
        self._look_alive(lane, time.monotonic(), is_heard=bool(readable))
        lane.flush()
        return bool(readable)

    def _look_alive(self, lane: Lane, now: float, *, is_heard: bool) -> None:
        """Ask the broker now and then whether it is there. Raises ConnectionError where it is not, or refuses us."""
        if is_heard:
            self._heard_at = now
        if now - self._asked_at > PING_SECONDS:
            self._asked_at = now
            lane.ping()
        is_late = not self.is_subscribed and now - self._opened_at > CONNECT_SECONDS
        if self._refusal or is_late or now - self._heard_at > SILENCE_SECONDS:
            raise ConnectionError(self._refusal or "the broker does not answer")

    def close(self) -> None:
        """Say goodbye if anybody listens, and close."""
        lane = self._client.lane
        if lane is not None and not lane.is_closed:
            self._client.disconnect()
            lane.flush()
            lane.close()

    def _on_connect(self, client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refusal = f"the broker refuses us: {reason}"
            return
        client.subscribe([(one, 1) for one in self._topics])

    def _on_subscribe(self, _client: Client, _userdata: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refusal = "the broker does not let us subscribe to the reports"
        self.is_subscribed = not self._refusal


class _BulkClient(Client):
    """paho with a lane in place of its socket, as paho itself puts a wrapper there for websockets.

    `_create_socket` is not a promised name: should paho drop it, `lane` stays None and `open` says so.
    """

    lane: Lane | None = None

    def _create_socket(self) -> Any:
        wire: Any = super()._create_socket()
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # without it each batch's acks wait 40 ms
        self.lane = Lane(wire)
        return self.lane


def _wait(count: int, first_at: float, now: float, look_at: float) -> float:
    if count >= QUIET_MESSAGES:
        return QUIET_SECONDS
    if count:
        return max(0.0, first_at + BATCH_SECONDS - now)
    return max(0.0, min(0.5, look_at - now)) if look_at else 0.1


def _is_due(count: int, seconds: float, *, is_quiet: bool) -> bool:
    return count >= BATCH_MESSAGES or seconds >= BATCH_SECONDS or (is_quiet and count >= QUIET_MESSAGES)
