"""A page in real Chromium that can import the extension's modules: for what needs a real WebSocket or IndexedDB."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Page

from release.extension import SOURCE
from tests.support.browsing import browsing
from tests.support.require import require


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def module_page() -> Iterator[Page]:
    """The page, with nothing on it; every module is at its place in the extension, such as /outbox/outbox.js."""
    chromium = require("chromium")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(SOURCE)))
    thread = threading.Thread(target=server.serve_forever, name="modules", daemon=True)
    thread.start()
    try:
        with browsing(chromium) as browser:
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/sources/battery.html")
            yield page
    finally:
        server.shutdown()
        server.server_close()
