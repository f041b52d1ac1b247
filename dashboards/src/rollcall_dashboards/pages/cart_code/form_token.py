"""Marks a form as ours where nobody is signed in: a word that only this server can write, good for some hours."""

import hashlib
import hmac
from datetime import datetime, timedelta


def sign(key: str, subject: str, now: datetime) -> str:
    """The token of a form about this subject, handed out now."""
    return _sign(key, subject, _minute(now))


def is_signed(key: str, subject: str, token: str, now: datetime, *, within: timedelta) -> bool:
    """Whether the token was handed out for this subject within that time."""
    minute, _, _ = token.partition("-")
    if not (minute.isascii() and minute.isdecimal()) or len(minute) > 12:  # noqa: PLR2004  # a million years
        return False
    age = _minute(now) - int(minute)
    return 0 <= age <= within // timedelta(minutes=1) and hmac.compare_digest(
        token.encode(), _sign(key, subject, int(minute)).encode()
    )


def _sign(key: str, subject: str, minute: int) -> str:
    mark = hmac.new(key.encode(), f"{subject}|{minute}".encode(), hashlib.sha256).hexdigest()
    return f"{minute}-{mark[:32]}"


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60
