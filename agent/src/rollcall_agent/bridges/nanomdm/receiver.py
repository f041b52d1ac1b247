"""Listens to NanoMDM's webhook: who does not know the key changes nothing; what was taken in is on disk before 200.

Also answers, where a key for it is set, as the small server of declarative management that NanoMDM asks for (`-dm`).
"""

import base64
import hashlib
import hmac
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from sqlite3 import Error as SqliteError
from typing import Any

from rollcall_agent.bridges.nanomdm.declarations import PATH as DM_PATH
from rollcall_agent.bridges.nanomdm.declarations import answer, word_of
from rollcall_agent.bridges.nanomdm.memory import IpadMemory
from rollcall_agent.bridges.nanomdm.settings import NanoSettings
from rollcall_agent.bridges.nanomdm.words import Word, WordError, device_of, read_word

log = logging.getLogger("rollcall.bridge")

PATH = "/webhook"
BODY_BYTES_MAX = 1 << 20
REPLAY_WINDOW = timedelta(minutes=10)
"""A post whose instant is further from now is refused: somebody kept it to send it again, or a clock is wrong."""
AT_ONCE_MAX = 16
"""So many posts are read at once; the others wait."""
SECONDS = 10.0
COUNTS_EVERY = timedelta(seconds=10)


class Receiver(ThreadingHTTPServer):
    """The web server; `hurry` is called whenever there is something new to tell."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, settings: NanoSettings, memory: IpadMemory, *, clock: Callable[[], datetime], hurry: Callable[[], None]
    ) -> None:
        self.settings = settings
        self.memory = memory
        self.clock = clock
        self.hurry = hurry
        self.counted_at = clock()
        self.places = threading.BoundedSemaphore(AT_ONCE_MAX)
        super().__init__((settings.host, settings.port), _Post)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # as the base class calls it
        """Whoever hung up is no news; the body and its key are not to stand in a log."""
        self.count("broken_off")

    def take(self, word: Word) -> int:
        """Keep a word, then say 200; or say what is wrong with it."""
        if abs(self.clock() - word.at) > REPLAY_WINDOW:
            self.count("wrong_time")
            return 400
        try:
            is_new = self.memory.hear(word)
        except SqliteError:  # the disk is full, or broken: NanoMDM posts once, so the next question makes it good
            self.count("not_kept")
            return 503
        if is_new:
            self.hurry()
        else:
            self.count("repeated")
        return 200

    def service_actions(self) -> None:
        """Write the counts down now and then, for `--check`; as the base class calls it, twice a second."""
        now = self.clock()
        if abs(now - self.counted_at) >= COUNTS_EVERY:
            self.counted_at = now
            with suppress(SqliteError):  # a full disk is told by what it does to posts
                self.memory.keep_counts()

    def count(self, fault: str) -> None:
        """Count what was not taken in; the first of its kind is worth a line in the log."""
        if self.memory.count(fault) == 1:
            log.warning("webhook.refused reason=%s", fault)


class _Post(BaseHTTPRequestHandler):
    """One request. Connections are not kept, so that nobody holds a place without speaking."""

    server: Receiver
    timeout = SECONDS
    server_version, sys_version = "rollcall", ""

    def handle(self) -> None:
        """Read the post once there is a place for it."""
        with self.server.places:
            super().handle()

    def do_POST(self) -> None:
        if self.path != PATH:
            self._refuse(404, "unknown_path")
            return
        body = self._body(self.server.settings.webhook_key)
        if body is None:
            return
        try:
            word = read_word(body)
        except WordError as error:
            self.server.count(error.fault)
            # What is none of our business is no fault of NanoMDM's.
            self._answer(200 if error.fault == "other_device" else 400)
            return
        self._answer(self.server.take(word))

    def do_GET(self) -> None:
        if (key := self._dm_key()) is None or self._body(key) is None:
            return
        found = answer(self.path)
        if found is None:
            self._refuse(404, "unknown_path")
        else:
            self._answer(200, found)

    def do_PUT(self) -> None:
        if (key := self._dm_key()) is None or (body := self._body(key)) is None:
            return
        try:
            udid = device_of(self.headers.get("x-enrollment-id"), self.headers.get("x-enrollment-type"))
            digest = hashlib.sha256(body).hexdigest()
            word = word_of(self.path, body, udid=udid, digest=digest, at=self.server.clock())
        except WordError as error:
            self.server.count(error.fault)
            self._answer(200 if error.fault == "other_device" else 400)
            return
        self._answer(self.server.take(word))

    def _dm_key(self) -> bytes | None:
        key = self.server.settings.dm_key
        if key is None or not self.path.startswith(DM_PATH):
            self._refuse(404, "unknown_path")
            return None
        return key

    def _body(self, key: bytes) -> bytes | None:
        """The body, where it is as long as it says, not too long, and signed with the key; else refused."""
        length = self.headers.get("content-length", "0" if self.command == "GET" else "")
        if not length.isdecimal():
            self._refuse(411, "wrong_shape")
            return None
        if int(length) > BODY_BYTES_MAX:
            self._refuse(413, "too_large")
            return None
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self._refuse(400, "broken_off")
            return None
        signed = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest())
        if not hmac.compare_digest(signed, self.headers.get("x-hmac-signature", "").encode("utf-8", "replace")):
            self._refuse(401, "wrong_signature")
            return None
        return body

    def _refuse(self, status: int, fault: str) -> None:
        self.server.count(fault)
        self._answer(status)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if body:
            self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as the base class names it
        """Nothing: a line a post would say when each iPad was in use."""
