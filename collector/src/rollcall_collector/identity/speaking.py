"""Who may speak at the broker, and who may say and hear what there: whatever is not allowed here is denied."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine

from rollcall_collector.identity.credentials import hash_password, new_secret, verify_password
from rollcall_collector.store.publishers.identities import find_speaker
from rollcall_wire.topics import PREFIX, topic

Deed = Literal["say", "hear"]
_NOBODYS = hash_password(new_secret())


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


_RULES: dict[Deed, Callable[[str, str, str], bool]] = {"say": may_say, "hear": may_hear}


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaking:
    """The rules for everybody whom the store knows, and for the collector itself by its own name and password.

    Nothing is remembered between two questions: a hash of 101 rounds costs 0.1 ms, and a revoked publisher is denied
    at the next question.
    """

    collector: str
    secret_hash: str = field(repr=False)
    token_file: Path
    """Who brings what stands in it may ask: the broker."""

    def admits(self, engine: Engine, user: str, password: str, client_id: str) -> bool:
        """Whether this is the user's password, and the client id its own; the same work is done for who is nobody.

        The collector may take any id: each of several has its own, and to take a revoked device's shows that one out.
        """
        if user == self.collector:
            return bool(client_id) and verify_password(password, self.secret_hash)
        known = find_speaker(engine, user)
        is_right = verify_password(password, known or _NOBODYS)
        return is_right and known is not None and client_id == user

    def allows(self, engine: Engine, user: str, deed: Deed, name: str) -> bool:
        """Whether this user may do so now with this topic or filter."""
        if not _RULES[deed](user, name, self.collector):
            return False
        return user == self.collector or find_speaker(engine, user) is not None
