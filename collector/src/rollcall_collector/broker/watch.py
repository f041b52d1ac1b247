"""Notices that somebody enrolled or was revoked, in this process or another, and has the broker take it in."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from rollcall_collector.store.kept_settings import read_credentials_mark

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.25
"""How often `tick` is to be called: a revoked device is cut off within about this time."""
# The roster may retire a device without leaving the mark; refreshing does nothing where nothing changed.
_ANYWAY = timedelta(seconds=20)


class CredentialWatch:
    """Looks for the mark that every change of who may speak leaves in the store."""

    def __init__(self, engine: Engine, refresh: Callable[[], None]) -> None:
        self._engine = engine
        self._refresh = refresh
        self._seen: str | None = None
        self._refreshed_at: datetime | None = None

    def tick(self, now: datetime) -> bool:
        """Refresh the broker if the mark is another one than last time, or after 20 s anyway; true if so."""
        mark = read_credentials_mark(self._engine)
        is_due = self._refreshed_at is None or now - self._refreshed_at >= _ANYWAY
        if mark == self._seen and not is_due:
            return False
        self._refresh()
        if mark != self._seen:
            log.debug("credentials.taken")
        self._seen, self._refreshed_at = mark, now
        return True
