"""Passes messages from those who speak to those who listen, inside our own process, and lets each have its own only.

What amqtt's broker does not do, and this one does: it bounds what waits, finds a listener without trying every one,
and gives a message that was kept for later only to those who may hear it. Nothing is queued for who is away: whatever
is lost is sent again, because only the collector's ack makes a device forget a report.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import OutgoingApplicationMessage, Session

from rollcall_collector.identity.speaking import may_hear, may_say

LISTENER = "default"
_QOS_MAX = 1
_BACKLOG_MAX = 200
"""Messages on their way to the collector at once; beyond it, those who speak wait, and each is heard in turn."""
_BEHIND_MAX = 200
"""Messages a publisher may leave unacknowledged before it misses some."""
_WAIT_SECONDS = 0.01

Subscribers = list[tuple[Session, int]]


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
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def wait_for_room(self, user: str) -> None:
        """Come back once there is room for what this user says next."""
        await self._has_room.wait()
        session, _ = self._sessions.get(user, (None, None))
        # A publisher faster than amqtt reads its own queue: rare, and that queue tells nobody when it shrinks.
        while session is not None and session.delivered_message_queue.qsize() > _BEHIND_MAX:  # noqa: ASYNC110  # as said
            await asyncio.sleep(_WAIT_SECONDS)

    async def add_subscription(self, subscription: tuple[str, int], session: Session) -> int:
        """Let this session hear a topic; amqtt would leave the place to an earlier one of its name that is gone."""
        self._del_subscription(subscription[0], session)
        return int(await super().add_subscription(subscription, session))

    async def _broadcast_message(
        self,
        session: Session | None,
        topic: str | None,
        body: bytes | bytearray | None,
        force_qos: int | None = None,
    ) -> None:
        # Straight to the listeners: amqtt's own way leads through a queue without an end.
        del session, force_qos
        if topic is None:
            return
        for found in self._listeners.candidates(topic):
            if self._matches(topic, found):
                for listener, qos in self._listeners[found]:
                    self._hand_over(listener, topic, body or b"", qos, is_kept=False)

    def _hand_over(self, session: Session, name: str, body: bytes | bytearray, qos: int, *, is_kept: bool) -> None:
        user = session.username or ""
        connection = self._get_handler(session)
        if connection is None or session.transitions.state != "connected":
            return
        if user != self._collector and self._unacknowledged[user] >= _BEHIND_MAX:
            return
        self._unacknowledged[user] += 1
        if user == self._collector and self._unacknowledged[user] > _BACKLOG_MAX:
            self._has_room.clear()
        task = asyncio.create_task(connection.mqtt_publish(name, body, min(qos, _QOS_MAX), retain=is_kept))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._settle(user, done))

    def _settle(self, user: str, done: asyncio.Task[OutgoingApplicationMessage]) -> None:
        self._tasks.discard(done)
        self._unacknowledged[user] -= 1
        if self._unacknowledged[user] <= 0:
            del self._unacknowledged[user]
        if self._unacknowledged[self._collector] <= _BACKLOG_MAX:
            self._has_room.set()
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
