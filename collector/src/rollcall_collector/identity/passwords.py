"""Lets people sign in by a password of their own where there is no provider, and one administrator in an emergency."""

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from sqlalchemy import Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.attempts import Attempts
from rollcall_collector.identity.credentials import digest, new_secret
from rollcall_collector.identity.people import SESSION, UnknownPersonError
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.sign_in import passwords as store
from rollcall_collector.store.sign_in.sessions import NewSession

log = structlog.get_logger(__name__)

PASSWORD_MIN, PASSWORD_MAX = 12, 200
EMERGENCY_NAME = "Emergency administrator"
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's parameters for argon2id: 19 MiB and two passes a password."""
_HASHERS = ThreadPoolExecutor(2, thread_name_prefix="hasher")
"""Who floods the door takes 38 MiB and two threads: malloc keeps 19 MiB for each thread that ever hashed."""
LINE_MAX = 8
_LINE = threading.BoundedSemaphore(LINE_MAX)
"""So many are hashed or wait for it; who comes then is refused at once: who waits holds a thread of the pages."""
_NOBODYS = _HASHER.hash(secrets.token_urlsafe(16))
_GROUPS, _GROUP_LETTERS, _LETTERS = 5, 5, "abcdefghjkmnpqrstuvwxyz23456789"


class WeakPasswordError(CollectorError):
    """A password that is too easily guessed, or too long."""

    def __init__(self) -> None:
        super().__init__(
            f"choose a password of {PASSWORD_MIN} to {PASSWORD_MAX} letters that is not your name: four words are good"
        )


class WrongPasswordError(CollectorError):
    """Name and password do not fit; which of the two, nobody is told."""

    def __init__(self) -> None:
        super().__init__("this name and password do not fit: try again, or ask an administrator for a link")


class ShutError(CollectorError):
    """Too many wrong passwords; `until` is when they are tried again."""

    def __init__(self, until: datetime) -> None:
        super().__init__("there were too many wrong passwords for this name")
        self.until = until


class BusyError(CollectorError):
    """So many try passwords at this moment that this one was not tried."""

    def __init__(self) -> None:
        super().__init__("too many people try passwords just now: try again in a minute, or use a link")


def choose_password(
    engine: Engine, attempts: Attempts, name: str, password: str, *, before: str, keep_session: str, now: datetime
) -> None:
    """Give somebody the password that they chose; their other sessions end.

    Who has one already must know it. Raises WeakPasswordError, WrongPasswordError, ShutError, BusyError.
    """
    if store.find_password(engine, name) is not None:
        _tried(engine, attempts, name, before, now)
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX or password.lower() in {name.lower(), name.lower() * 2}:
        raise WeakPasswordError
    kept = digest(keep_session) if keep_session else ""
    if not store.put_password(engine, name, _hashed(password), keep_session=kept, now_us=to_us(now)):
        raise UnknownPersonError(name)


def reset_password(engine: Engine, attempts: Attempts, name: str) -> None:
    """Take somebody's password and sign them out everywhere: a new link lets them choose another."""
    if not store.drop_password(engine, name):
        raise UnknownPersonError(name)
    attempts.forget(name)


def enter_by_password(
    engine: Engine, attempts: Attempts, name: str, password: str, *, browser: str, now: datetime
) -> str:
    """The secret of a new session. Raises WrongPasswordError, ShutError, BusyError."""
    kept = _tried(engine, attempts, name, password, now)
    secret = new_secret()
    session = NewSession(
        session_hash=digest(secret),
        way="password",
        browser=browser,
        now_us=to_us(now),
        expires_us=to_us(now + SESSION),
    )
    if not store.enter_by_password(engine, kept, session):
        raise WrongPasswordError
    if _HASHER.check_needs_rehash(kept.secret_hash):
        with suppress(BusyError):  # the next time will do
            store.replace_hash(engine, kept.person, _hashed(password), was=kept.secret_hash)
    if kept.is_emergency:
        log.warning("emergency.signed_in", said_to="every administrator, on every page")
    return secret


def has_passwords(engine: Engine) -> bool:
    """Whether anybody can sign in by a password."""
    return store.has_passwords(engine)


def has_password(engine: Engine, name: str) -> bool:
    """Whether this person can."""
    return store.find_password(engine, name) is not None


def list_holders(engine: Engine) -> list[str]:
    """Everybody who has a password, by name."""
    with engine.connect() as connection:
        return sorted(store.list_holders(connection))


def has_emergency(engine: Engine) -> bool:
    """Whether there is an emergency administrator."""
    return store.has_emergency(engine)


def untold_uses(engine: Engine, name: str) -> list[datetime]:
    """When the emergency administrator signed in since this administrator said that they saw it, newest first."""
    return store.untold_uses(engine, name)


def note_told(engine: Engine, name: str, now: datetime) -> None:
    """This administrator saw every use until now."""
    store.note_told(engine, name, to_us(now))


def make_emergency(engine: Engine, now: datetime) -> tuple[str, str]:
    """The one emergency administrator's name and new password, shown now and never again; the one before is dead."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LETTERS)) for _ in range(_GROUPS))
    password = "-".join(groups)
    return store.put_emergency(engine, EMERGENCY_NAME, _hashed(password), to_us(now)), password


def _tried(engine: Engine, attempts: Attempts, name: str, password: str, now: datetime) -> store.KeptPassword:
    kept = store.find_password(engine, name)
    with _turn():
        if kept is None or not kept.is_emergency:  # that one is 124 random bits: nobody guesses or may shut it
            until = attempts.shut_until(name, now)
            if until is not None:
                raise ShutError(until)
            attempts.note_wrong(name, now)
        # who is not known here takes as long as who is
        if not _fits(password, _NOBODYS if kept is None else kept.secret_hash) or kept is None:
            raise WrongPasswordError
    attempts.forget(name)
    return kept


def _hashed(password: str) -> str:
    with _turn():
        return _HASHERS.submit(_HASHER.hash, password).result()


def _fits(password: str, secret_hash: str) -> bool:
    if len(password) > PASSWORD_MAX:
        return False
    try:
        return _HASHERS.submit(_HASHER.verify, secret_hash, password).result()
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


@contextmanager
def _turn() -> Iterator[None]:
    """A place in the line before the hashers. Raises BusyError where it is full."""
    if not _LINE.acquire(blocking=False):
        raise BusyError
    try:
        yield
    finally:
        _LINE.release()
