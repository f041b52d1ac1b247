"""Runs the night's judging as a program of its own, so that acks never wait for it; killed, it is done again."""

import os
import subprocess
import threading
from collections.abc import Sequence
from datetime import datetime

import structlog

from rollcall_collector.errors import CollectorError

log = structlog.get_logger(__name__)

_END_SECONDS = 10.0
_NICENESS = 10
"""Whoever waits for an ack or a page goes first."""


class NightError(CollectorError):
    """A judging that ended before it was whole."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the judging ended early, with status {status}: it is done again within the hour")
        self.status = status


class Night:
    """`command` is the program; it reads its settings, one JSON text, from standard input, and logs to our stderr."""

    def __init__(self, command: Sequence[str], settings: bytes) -> None:
        self._command = command
        self._settings = settings
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_over = False

    def judge(self, now: datetime) -> None:
        """Judge the whole fleet and come back when it is done; `now` is when it was due. Raises NightError."""
        with self._lock:
            if self._is_over:
                return
            child = self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603  # our own
        try:
            os.setpriority(os.PRIO_PROCESS, child.pid, _NICENESS)
        except OSError:  # it is gone already
            log.debug("night.unpriorized")
        log.info("night.began", due_at=now.isoformat())
        child.communicate(self._settings)
        with self._lock:
            self._child = None
        if child.returncode != 0 and not self._is_over:
            raise NightError(child.returncode)

    def stop(self) -> None:
        """End a running judging: the next one does it whole."""
        with self._lock:
            self._is_over = True
            child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
