"""Passes messages from those who speak to those who listen, inside our own process, and lets each have its own only.

What amqtt's broker does not do, and this one does: it bounds what waits, finds a listener without trying every one,
and gives a message that was kept for later only to those who may hear it. Nothing is queued for who is away: whatever
is lost is sent again, because only the collector's ack makes a device forget a report.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import OutgoingApplicationMessage, Session

from rollcall_wire.topics import PREFIX, topic

log = structlog.get_logger(__name__)

LISTENER = "default"
_QOS_MAX = 1
_BACKLOG_MAX = 2_000
"""Messages on their way at once; beyond it, those who speak wait."""
_BEHIND_MAX = 200
"""Messages a publisher may leave unacknowledged before it misses some."""

Subscribers = list[tuple[Session, int]]


def may_say(user: str, name: str, collector: str) -> bool:
    """Whether this user may publish to this topic (or leave a last will there)."""
    if user == collector:
        return name.startswith(f"{PREFIX}/")
    return name in {topic(user, "reports"), topic(user, "state")}


def may_hear(user: str, name: str, collector: str) -> bool:
    """Whether this user may subscribe to this filter; wildcards are for the collector alone."""
    if user == collector:
        return name.startswith(f"{PREFIX}/")
    return name in {topic(user, "acks"), topic(user, "settings")}


class Gatekeeper(BaseAuthPlugin, BaseTopicPlugin):  # type: ignore[misc]  # amqtt is untyped
    """Holds every publisher to its own topics. Who somebody is was checked at the entrance, before amqtt saw them."""

    @dataclass
    class Config:
        """Under which name the collector signs in."""

        collector: str

    async def authenticate(self, *, session: Session) -> bool | None:
        """Let in whoever passed the entrance."""
        return bool(session.username)

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        """Whether this session may do this with this topic."""
        if session is None or session.username is None or topic is None:
            return False
        rule = may_say if action == Action.PUBLISH else may_hear
        return rule(session.username, topic, self.config.collector)


class Subscriptions(dict[str, Subscribers]):
    """Who listens to what; knows which few filters have wildcards, so that the many others are found by their name."""

    def __init__(self) -> None:
        super().__init__()
        self._wild: set[str] = set()

    def __setitem__(self, name: str, subscribers: Subscribers) -> None:
        if "+" in name or "#" in name:
            self._wild.add(name)
        super().__setitem__(name, subscribers)

    def __delitem__(self, name: str) -> None:
        self._wild.discard(name)
        super().__delitem__(name)

    def __iter__(self) -> Iterator[str]:
        """A copy's: amqtt waits for others while it goes through them, and they come and go meanwhile."""
        return iter(list(self.keys()))

    def clear(self) -> None:
        """Forget everybody."""
        self._wild.clear()
        super().clear()

    def candidates(self, name: str) -> list[str]:
        """The filters that may match this topic: its own name, and every wildcard."""
        return [*([name] if name in self else []), *self._wild]


class Exchange(Broker):  # type: ignore[misc]  # amqtt is untyped
    """amqtt's broker with bounds. It opens no port: connections come from the entrance."""

    def __init__(self, *, collector: str) -> None:
        here = f"{Gatekeeper.__module__}.{Gatekeeper.__qualname__}"
        config = BrokerConfig(
            listeners={LISTENER: ListenerConfig(type=ListenerType.EXTERNAL)}, plugins={here: {"collector": collector}}
        )
        super().__init__(config)
        self._collector = collector
        self._listeners = Subscriptions()
        self._subscriptions = self._listeners
        self._unacknowledged: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[OutgoingApplicationMessage]] = set()

    def is_congested(self, user: str) -> bool:
        """Whether this user had better wait before saying more. The collector never waits: it makes room."""
        if user == self._collector:
            return False
        waiting = self._broadcast_queue.qsize() + self._unacknowledged[self._collector]
        session, _ = self._sessions.get(user, (None, None))
        return waiting > _BACKLOG_MAX or (
            session is not None and session.delivered_message_queue.qsize() > _BEHIND_MAX
        )

    async def _run_broadcast(self, running_tasks: deque[asyncio.Task[OutgoingApplicationMessage]]) -> None:
        del running_tasks  # amqtt's own waits for the first before it looks at the others
        broadcast = await self._broadcast_queue.get()
        try:
            self._pass_on(broadcast)
        except Exception as error:  # noqa: BLE001  # one message must not stop those after it
            log.warning("broker.stumbled", error=repr(error))

    def _pass_on(self, broadcast: dict[str, Any]) -> None:
        name = broadcast["topic"]
        for found in self._listeners.candidates(name):
            if not self._matches(name, found):
                continue
            for session, qos in self._listeners[found]:
                self._hand_over(session, name, broadcast["data"], qos, is_kept=False)

    def _hand_over(self, session: Session, name: str, body: bytes | bytearray, qos: int, *, is_kept: bool) -> None:
        user = session.username or ""
        handler = self._get_handler(session)
        if handler is None or session.transitions.state != "connected":
            return
        if user != self._collector and self._unacknowledged[user] >= _BEHIND_MAX:
            return
        self._unacknowledged[user] += 1
        task = asyncio.create_task(handler.mqtt_publish(name, body, min(qos, _QOS_MAX), retain=is_kept))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._settle(user, done))

    def _settle(self, user: str, done: asyncio.Task[OutgoingApplicationMessage]) -> None:
        self._tasks.discard(done)
        self._unacknowledged[user] -= 1
        if self._unacknowledged[user] <= 0:
            del self._unacknowledged[user]
        if not done.cancelled():
            # Whoever does not acknowledge within 5 s has gone away or is told again: no failure of the broker.
            done.exception()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        # amqtt calls this for everybody's filters when anybody connects.
        name, qos = subscription
        if all(one is not session for one, _ in self._listeners.get(name, ())):
            return
        is_wild = "+" in name or "#" in name
        for found in list(self._retained_messages) if is_wild else [name]:
            kept = self._retained_messages.get(found)
            if kept is not None and self._matches(found, name):
                self._hand_over(session, found, kept.data, min(qos, kept.qos or 0), is_kept=True)
