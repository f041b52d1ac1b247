"""Reads what a broker asks, in whichever words it asks it: forms and JSON, under the names that brokers use."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from rollcall_collector.identity.speaking import Deed

_DEEDS: dict[str, tuple[Deed, ...]] = {
    "say": ("say",),
    "write": ("say",),
    "publish": ("say",),
    "2": ("say",),
    "hear": ("hear",),
    "read": ("hear",),
    "subscribe": ("hear",),
    "1": ("hear",),
    "4": ("hear",),
}
"""RabbitMQ, EMQX, mosquitto-go-auth (whose numbers are Mosquitto's own), and our own paths for VerneMQ."""
NAMES = ("username", "password", "client_id", "topic", "action")
"""What a broker that lets itself be told sends."""
QUEUES = "mqtt-subscription-"
EXCHANGE = "amq.topic"
"""RabbitMQ's names for what an MQTT client needs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked; a field that the broker did not send is empty."""

    user: str
    password: str
    client_id: str
    topics: tuple[str, ...]
    deeds: tuple[Deed, ...]
    resource: str
    name: str


def read_question(body: bytes, *, is_json: bool, deed: str = "") -> Question | None:
    """The question in this body; None where it cannot be read. `deed` is what the address says is to be done."""
    try:
        asked = json.loads(body) if is_json else dict(parse_qsl(body.decode(), strict_parsing=True))
    except (ValueError, RecursionError):
        return None
    if not isinstance(asked, dict):
        return None
    return Question(
        user=_text(asked, "username"),
        password=_text(asked, "password"),
        client_id=_text(asked, "client_id", "clientid"),
        topics=_topics(asked),
        deeds=_DEEDS.get(deed or _text(asked, "permission", "action", "acc"), ()),
        resource=_text(asked, "resource"),
        name=_text(asked, "name"),
    )


def _topics(asked: Mapping[str, Any]) -> tuple[str, ...]:
    if "routing_key" in asked:  # RabbitMQ has dots where MQTT has slashes, and a star for a plus
        return (_text(asked, "routing_key").replace("*", "+").replace(".", "/"),)
    if "topics" in asked:  # VerneMQ: [[filter, qos], …]
        many = asked["topics"]
        return tuple(one[0] for one in many) if _is_filters(many) else ()
    return (_text(asked, "topic"),)


def _is_filters(many: Any) -> bool:
    return isinstance(many, list) and all(isinstance(one, list) and one and isinstance(one[0], str) for one in many)


def _text(asked: Mapping[str, Any], *names: str) -> str:
    """The first of these that is there, as text, also where it came as a number. What no name can hold is none."""
    found = str(next((asked[name] for name in names if name in asked), ""))
    return found if found.isprintable() else ""


def is_own_resource(question: Question, collector: str) -> bool:
    """Whether RabbitMQ's exchange or queue is one that this client needs, and no other client's."""
    if question.resource == "exchange":
        return question.name == EXCHANGE
    if question.resource != "queue" or not question.name.startswith(QUEUES):
        return False
    own = question.name.removeprefix(QUEUES)
    return question.user == collector or own in {f"{question.user}qos0", f"{question.user}qos1"}
